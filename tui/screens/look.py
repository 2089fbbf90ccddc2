"""Which definition is meant: that of what is chosen, or one that is picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import definitions
from tui.actions import DEFINITION
from tui.screens.definition import DefinitionScreen
from tui.screens.pick import Item, Pick
from tui.widgets.vtable import Column

if TYPE_CHECKING:
    from tui.app import Workbench

PICKED = (Column("name", "NAME", 30, priority=9), Column("kind", "KIND", None))


async def look_at(bench: Workbench) -> None:
    """Open the definition of what is chosen; where that has none, ask which."""
    here, rows = bench.keyed.here(), bench.work.templates.rows
    record = here.definition if here.pane != DEFINITION else None
    chosen = here.run or here.approval
    if record is None and chosen is not None:
        record = rows.get(f"workflow/{chosen.workflow}")
    if record is None:
        items = [Item(key, (d.name, d.kind)) for key, d in rows.items()]
        picked = await bench.push_screen_wait(Pick("Which definition?", items, PICKED))
        record = rows.get(picked or "")
    if record is not None:
        bench.push_screen(DefinitionScreen(record))


async def look_in(bench: Workbench, name: str, line: int) -> None:
    """Open the text of a workflow at a line, on the screen where it is open already."""
    screen, meant = bench.screen, ("workflow", name)
    if isinstance(screen, DefinitionScreen) and screen.key == meant:
        screen.look_at_line(line)
        return
    database = bench.desk.database
    record = await bench.ask(lambda: definitions.get(database, *meant))
    if record is not None:
        bench.push_screen(DefinitionScreen(record, line))
