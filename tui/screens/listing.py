"""A screen that is one list: a filter above it, all of the chosen row below."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec import Struct
from textual import events, on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from store.changes import changes
from store.database import StoreError, say
from tui.actions import LISTS, RUNS, Here
from tui.panes.pane import Act, Pane
from tui.screens.over import OverScreen
from tui.widgets.safe import plain
from tui.widgets.vtable import Column, VTable

ROUND = 1.0  # seconds at least between two reads of the store


class Row(Struct, frozen=True):
    """What a list says of one thing. `run` is where Enter leads, "" for nowhere."""

    key: str
    cells: tuple[Content | str, ...]
    told: str
    run: str = ""
    copied: str = ""

    def words(self) -> list[str]:
        """What the filter looks in."""
        return [str(cell) for cell in self.cells] + [self.told]


class ListPane(Pane):
    """The list with its filter; the screen says what stands in it."""

    pane = "list"
    rows: Mapping[str, Row]

    def __init__(self, columns: Sequence[Column], empty: str) -> None:
        super().__init__(id="list")
        self.columns, self.empty = columns, empty
        self.rows = {}

    def compose(self) -> ComposeResult:
        yield VTable(self.columns, empty="Reading …", id="list-table")

    def entitle(self) -> None:
        """The head of the screen is its title."""

    def show(self, rows: Sequence[Row]) -> None:
        self.rows = {row.key: row for row in rows}
        self.refilter()

    def refilter(self) -> None:
        keys = [
            row.key
            for row in self.rows.values()
            if not self.filter_text or self.lets(*row.words())
        ]
        empty = "Nothing here holds that." if self.rows else self.empty
        self.table.empty = self.bench.keymap.taught(empty)
        self.table.show(keys, lambda key: self.rows[key].cells)

    @property
    def chosen(self) -> Row | None:
        return self.rows.get(self.table.selected or "")

    def copied(self) -> str:
        return (self.chosen.copied or self.chosen.run) if self.chosen else ""


class ListScreen(OverScreen, inherit_bindings=False):
    """Reads its rows in a thread when it opens, and again when the store changes."""

    CSS_PATH = "listing.tcss"
    columns: ClassVar[Sequence[Column]]
    empty: ClassVar[str]
    runless: ClassVar[str]  # why Enter leads nowhere from a row without a run

    def rows(self) -> list[Row]:
        """What the list says now; read in a thread, by one at a time."""
        raise NotImplementedError

    def summary(self) -> str:
        """What the head says beside the name, of what was read last."""
        return ""

    def own_acts(self) -> Mapping[str, Act]:
        return {}

    def body(self) -> ComposeResult:
        yield Static("", id="list-head")
        yield ListPane(self.columns, self.empty)
        yield Static("", id="list-about")

    def on_mount(self) -> None:
        self.shown: dict[str, str] = {}
        self.tell("list-head", self.heading)
        self.list.take_focus()
        self.follow()

    @property
    def list(self) -> ListPane:
        return self.query_one(ListPane)

    def here(self) -> Here:
        row = self.list.chosen
        return self.bench.here(self.place, row=row.key if row else "")

    # Reading, and drawing what was read

    @work(exclusive=True, group="list")
    async def follow(self) -> None:
        """Read whenever anyone has written, at most once a second."""
        try:
            async for _ in changes(self.bench.desk.database):
                await self.read()
                await asyncio.sleep(ROUND)
        except StoreError as error:
            self.bench.say(say(error), True)

    async def read(self) -> None:
        found = await self.bench.ask(self.rows)
        if found is not None and self.stands:
            self.list.show(found)
            self.show()

    def show(self) -> None:
        said = self.summary()
        self.tell("list-head", f"{self.heading} · {said}" if said else self.heading)
        self.tell_chosen()

    @on(VTable.Selected)
    def tell_chosen(self) -> None:
        """All of the chosen row below the list, whose columns may have cut it."""
        row = self.list.chosen
        key = self.bench.keymap.first("list.open")
        leads = f"\n{key} {row.run}" if row and row.run else ""
        self.tell("list-about", f"{row.told}{leads}" if row else "")
        self.set_class(row is not None, "told")

    def tell(self, where: str, words: str) -> None:
        """Say it there; what stands there already is not painted again."""
        if self.shown.get(where) != words:
            self.shown[where] = words
            self.query_one(f"#{where}", Static).update(plain(words, multiline=True))

    # Going about

    def takes_text(self, event: events.Key) -> bool:
        return self.types_into(self.list, event)

    def go_round(self, by: int) -> None:
        place = LISTS[(LISTS.index(self.place) + by) % len(LISTS)]
        self.bench.everywhere.look_at(place)

    @on(VTable.Opened)
    def open(self) -> None:
        row = self.list.chosen
        if row is None or not row.run:
            self.bench.say(self.runless)
        else:
            self.bench.go(RUNS, row.run)

    def back(self) -> None:
        """Out of the filter first."""
        if not self.list.step_back():
            super().back()

    def acts(self) -> dict[str, Act]:
        return {
            **self.going(),
            **self.list.every_act(),
            "list.open": self.open,
            **self.own_acts(),
        }
