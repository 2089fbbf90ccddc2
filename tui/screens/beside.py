"""A screen of what stands side by side: a list, and all of its chosen row below."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from store.records import RunRecord
from tui.actions import BESIDE, Here
from tui.messages import Read, RunsRead
from tui.panes.pane import Act
from tui.screens.paged import PagedScreen
from tui.widgets.document import Document
from tui.widgets.vtable import Column, VTable

Part = Content | str
SETTLE = 0.5  # seconds; a burst of events is read once


class BesideScreen(PagedScreen, inherit_bindings=False):
    """Reads in a thread when it opens, and again when one of its runs has moved."""

    CSS_PATH = "beside.tcss"
    place = BESIDE
    pages = ("rows", "whole")
    page = "rows"
    columns: Sequence[Column] = ()
    record: RunRecord
    runs: Sequence[str] = ()  # whose news are read again for
    was_read = False

    @abstractmethod
    def fetch(self) -> Callable[[], None]:
        """Read all that is shown, in a thread; what it gives takes that over."""

    @abstractmethod
    def keys(self) -> list[str]: ...

    @abstractmethod
    def cells(self, key: str) -> Sequence[Part]: ...

    @abstractmethod
    def whole(self, key: str) -> Sequence[Part]:
        """All of a row, to be read."""

    @abstractmethod
    def head(self) -> Content: ...

    def body(self) -> ComposeResult:
        yield Static("", id="beside-head")
        with Vertical(id="beside-body"):
            yield VTable(self.columns, empty="Reading …", id="page-rows")
            yield Document(id="page-whole")

    def on_mount(self) -> None:
        self.go_page("rows")
        self.read()

    @property
    def table(self) -> VTable:
        return self.table_of("rows")

    def here(self) -> Here:
        return self.bench.here(BESIDE, run=self.record, row=self.table.selected or "")

    # Reading, and drawing what was read

    def heard(self, message: Read) -> None:
        news = message.runs if isinstance(message, RunsRead) else ()
        if any(run.id in self.runs for run in news):
            self.read()

    @work(exclusive=True, group="beside")
    async def read(self) -> None:
        await asyncio.sleep(SETTLE if self.was_read else 0)
        take = await self.bench.ask(self.fetch)
        if take is not None and self.stands:
            take()
            self.was_read = True
            self.show()

    def show(self) -> None:
        self.table.empty = self.nothing()
        self.table.show(self.keys(), self.cells)
        self.show_head()
        self.show_whole()

    def nothing(self) -> str:
        return "There is nothing to put side by side."

    def show_head(self) -> None:
        if self.was_read:
            self.query_one("#beside-head", Static).update(self.head())

    @on(VTable.Selected)
    def show_whole(self) -> None:
        key = self.table.selected
        parts = self.whole(key) if key and self.was_read else []
        self.query_one("#page-whole", Document).show(parts, key=key or "")

    # Going about

    @on(VTable.Opened)
    def open(self) -> None:
        """From the list to the whole row, and back."""
        self.go_page("rows" if self.page == "whole" else "whole")

    def back(self) -> None:
        """Out of the row first."""
        if self.page == "whole" and not self.has_class("zoomed"):
            self.go_page("rows")
        else:
            super().back()

    def acts(self) -> dict[str, Act]:
        return {
            **self.going(),
            **self.paper.moves(),
            "list.open": self.open,
            "list.copy": lambda: self.bench.copy_text(self.record.id),
        }
