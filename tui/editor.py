"""Handing the terminal over to the person's own editor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from engine.definition.marks import START, Mark
from engine.errors import WeirError
from tui import drafting

if TYPE_CHECKING:
    from tui.app import Workbench

Editor = Callable[["Workbench", Path, Mark], None]


def open_editor(app: Workbench, path: Path, place: Mark = START) -> None:
    """Edit a file, from a place in it. Raises WeirError where that failed."""
    failed: Exception | None = None
    try:
        with app.suspend():
            # Textual takes the terminal back only where nothing is raised in here.
            try:
                drafting.open_editor(path, place)
            except Exception as error:
                failed = error
    except SuspendNotSupported as error:
        raise WeirError("this terminal can't be handed to an editor") from error
    if failed is not None:
        raise failed
