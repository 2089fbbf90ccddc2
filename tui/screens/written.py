"""A file that is written here is brought in at once, and kept as its command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from engine.importer import Importer

if TYPE_CHECKING:
    from tui.app import Workbench

T = TypeVar("T")


async def written(
    bench: Workbench, write: Callable[[], T], words: Sequence[str]
) -> T | None:
    """What `write` gives; None, having said why, where it was refused."""

    def bring_in() -> T:
        made = write()
        Importer(bench.desk.engine).scan()
        return made

    made = await bench.ask(bring_in)
    if made is not None:
        bench.session.wrote(*words)
    return made
