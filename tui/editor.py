"""A text in the person's own editor, with the terminal handed over meanwhile."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from engine.definition.marks import START, Mark
from engine.errors import WeirError

if TYPE_CHECKING:
    from tui.app import Workbench

Editor = Callable[["Workbench", Path, Mark], None]


def open_editor(app: Workbench, path: Path, place: Mark = START) -> None:
    """Edit a file, from a place in it. Raises WeirError where that failed."""
    from tui.cli import editor

    try:
        with app.suspend():
            editor.open_editor(path, place)
    except SuspendNotSupported as error:
        raise WeirError("this terminal can't be handed to an editor") from error


def edit_text(text: str, suffix: str, edit: Callable[[Path], None]) -> str:
    """The text as it left the editor, from a file only this person can read."""
    from tui.cli.editor import read_back

    with tempfile.TemporaryDirectory(prefix="weir-") as folder:
        draft = Path(folder) / f"draft{suffix}"
        draft.touch(mode=0o600)
        draft.write_bytes((text if text.endswith("\n") else text + "\n").encode())
        edit(draft)
        edited = read_back(draft)
    return edited if text.endswith("\n") else edited.removesuffix("\n")
