"""Acts on one run, from wherever it is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from store.records import RunRecord
from tui.panes.pane import Pane
from tui.screens.confirm import Confirm
from tui.screens.grace import Grace

if TYPE_CHECKING:
    from tui.app import Workbench


class OnRun:
    """Acts on the run that `chosen` gives; without one the registry has refused."""

    def __init__(self, pane: Pane, chosen: Callable[[], RunRecord | None]) -> None:
        self.pane = pane
        self.chosen = chosen

    @property
    def bench(self) -> Workbench:
        return self.pane.bench

    @property
    def run(self) -> RunRecord:
        run = self.chosen()
        assert run is not None, "the registry refuses without a chosen run"
        return run

    async def sure(self, question: str, told: str) -> bool:
        asked = Confirm(question, told, grace=Grace(self.bench.clock))
        return await self.bench.push_screen_wait(asked) is True

    async def do(self, work: Callable[[], object], done: str) -> None:
        """Ask the desk for it, and say that it is done."""
        if await self.bench.asked(work):
            self.bench.say(done)
