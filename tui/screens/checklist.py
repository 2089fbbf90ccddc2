"""The items of a checklist: space ticks one, or takes its tick back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.messages import Read, RunsRead
from tui.screens.modal import Question
from tui.widgets.safe import plain
from tui.widgets.vtable import Column, VTable

if TYPE_CHECKING:
    from engine.machine.ticking import Item
    from tui.app import Workbench

COLUMNS = (
    Column("box", "", 1, priority=9),
    Column("number", "", 3, priority=3, align="right"),
    Column("item", "ITEM", None, priority=8),
    Column("by", "TICKED BY", 18, priority=5),
)


class Checklist(Question[None]):
    """Ticks are on disk at once; to leave it takes nothing back."""

    def __init__(self, run: str, path: str, items: Sequence[Item]) -> None:
        super().__init__()
        self.run, self.path = run, path
        self.items = {str(item.number): item for item in items}

    def compose(self) -> ComposeResult:
        with Vertical(classes="question tall"):
            yield Static(id="head")
            yield VTable(COLUMNS, empty="It has no items.")
            yield Static("", id="about")
            keys = "space tick, or take it back   j k move   q leave"
            yield Static(plain(keys), classes="keys")

    @property
    def bench(self) -> Workbench:
        return cast("Workbench", self.app)

    def on_mount(self) -> None:
        self.draw()
        self.query_one(VTable).focus()

    def draw(self) -> None:
        ticked = sum(item.tick is not None for item in self.items.values())
        head = f"{self.path} of {self.run}: {ticked} of {len(self.items)} ticked"
        self.query_one("#head", Static).update(plain(head, "bold"))
        table = self.query_one(VTable)
        table.show(list(self.items), self.cells)
        self.tell_about(table.selected)

    def tell_about(self, key: str | None) -> None:
        item = self.items.get(key or "")
        about = plain(item.text if item else "")
        self.query_one("#about", Static).update(about)

    def on_vtable_selected(self, event: VTable.Selected) -> None:
        event.stop()
        self.tell_about(event.key)

    def cells(self, key: str) -> Sequence[Content | str]:
        item = self.items[key]
        if item.tick is None:
            return (plain("☐"), key, item.text, "")
        at = datetime.fromtimestamp(item.tick.at).astimezone()
        by = f"{item.tick.by.name} {at:%m-%d %H:%M}"
        return (plain("☑", "$text-success"), key, item.text, by)

    def pressed(self, typed: str, key: str) -> bool:
        table = self.query_one(VTable)
        match key:
            case "space":
                self.run_worker(self.turn(table.selected), group="tick")
            case "j" | "down":
                table.action_cursor_down()
            case "k" | "up":
                table.action_cursor_up()
            case "g" | "home":
                table.action_cursor_top()
            case "G" | "end":
                table.action_cursor_bottom()
        return True

    async def turn(self, key: str | None) -> None:
        """Tick the item, or take its tick back: as it stood on this screen."""
        item = self.items.get(key or "")
        if item is None:
            return
        desk, undo = self.bench.desk, item.tick is not None
        await self.bench.asked(
            lambda: desk.tick(self.run, self.path, str(item.number), undo=undo)
        )
        # A refusal too is answered with how it stands now.
        self.read()

    def heard(self, message: Read) -> None:
        """Others tick as well."""
        if isinstance(message, RunsRead) and any(
            r.id == self.run for r in message.runs
        ):
            self.read()

    @work(exclusive=True, group="read")
    async def read(self) -> None:
        desk = self.bench.desk
        found = await self.bench.ask(lambda: desk.checklist(self.run, self.path))
        if found is not None and self.stands:
            self.items = {str(each.number): each for each in found[1]}
            self.draw()
