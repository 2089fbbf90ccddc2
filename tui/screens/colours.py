"""Other colours: each is seen as the cursor comes to it, and kept when it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from tui.personal import THEME
from tui.screens.keeping import keep
from tui.screens.pick import Item, Pick
from tui.themes import NAMES, OWN
from tui.widgets.vtable import Column, VTable

if TYPE_CHECKING:
    from tui.app import Workbench

COLUMNS = (
    Column("name", "THEME", 24, priority=9),
    Column("about", "", None, priority=5),
)
HINT = "type to filter   ⏎ take it   esc leave all as it was"


class Colours(Pick):
    """Paints the workbench in the theme at the cursor, at first the one it has."""

    def __init__(self, now: str) -> None:
        names = [now, *(name for name in NAMES if name != now)]
        items = [Item(name, (name, OWN.get(name, ""))) for name in names]
        super().__init__(f"Colours, now {now}", items, COLUMNS, hint=HINT)
        self.now = now

    @on(VTable.Selected)
    def paint(self, event: VTable.Selected) -> None:
        self.app.theme = event.key or self.now


async def choose_theme(bench: Workbench) -> None:
    """A browser's window has it for as long as it is open."""
    now = bench.theme
    picked = await bench.push_screen_wait(Colours(now))
    bench.theme = picked or now
    if picked is not None and not bench.is_web:
        await keep(bench, THEME, picked)
