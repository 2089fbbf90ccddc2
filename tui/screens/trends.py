"""How runs go over time: how many, how they end, how long they take, what they cost."""

from __future__ import annotations

import asyncio

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widgets import Static

from engine.figures import Figures
from engine.trends import Reading, Trends
from tui.actions import TRENDS, Here
from tui.panes.pane import Act
from tui.screens import trends_pages as pages
from tui.screens.paged import PagedScreen
from tui.screens.trends_pages import PERIODS, Rows
from tui.screens.trends_plots import NAMES, pictures
from tui.widgets.plot import Plot
from tui.widgets.safe import plain
from tui.widgets.vtable import VTable

MORE = 1.2  # times what was read at the last look is worth another
LOW = 20  # lines of the screen below which plots leave no room for a list


class TrendsScreen(PagedScreen, inherit_bindings=False):
    """Reads when it opens, for another time, and when asked: never by itself.

    A hundred thousand runs take some seconds, so what comes is shown as it comes, the
    newest first, and who goes on to another time or away stops it.
    """

    CSS_PATH = "trends.tcss"
    place = TRENDS
    heading = "Trends"
    pages = ("workflows", "steps", "days", "agents")
    page = "workflows"
    beside = "steps"

    def __init__(self) -> None:
        super().__init__(classes="page-workflows side-steps")
        self.days: int | None = 30
        self.shown: dict[str, Rows] = {}
        self.by_row: dict[str, Figures] = {}
        self.said = self.nothing = ""

    def body(self) -> ComposeResult:
        yield Static("", id="trends-head")
        with Container(id="trends-plots"):
            for name in NAMES:
                yield Plot(id=f"plot-{name}")
        with Container(id="trends-body"):
            yield self.list_of("workflows")
            with Vertical(id="trends-side"):
                for page in self.pages[1:]:
                    yield self.list_of(page)
        yield Static("", id="trends-told")

    def list_of(self, page: str) -> VTable:
        return VTable(pages.COLUMNS[page], empty="Reading …", id=f"page-{page}")

    def on_mount(self) -> None:
        self.go_page("workflows")
        self.read()

    def on_resize(self) -> None:
        self.set_class(self.size.height < LOW, "low")

    def here(self) -> Here:
        chosen = self.table_of("workflows").selected or ""
        name = chosen.partition(" ")[2] or chosen
        record = self.bench.work.templates.rows.get(f"workflow/{name}")
        row = self.table_of(self.page).selected or ""
        return self.bench.here(TRENDS, row=row, definition=record)

    # Reading, and drawing what was read

    @work(exclusive=True, group="trends")
    async def read(self) -> None:
        bench, days, at = self.bench, self.days, self.bench.now()
        self.note("reading …")
        reading = await bench.ask(lambda: Reading(bench.desk.database, days, at))
        if reading is not None and await self.read_on(reading):
            said = pages.read_all(len(reading.runs), at)
        else:
            said = bench.keymap.taught("not read to the end: {trends.read} tries again")
        if self.stands:
            self.note(said)

    async def read_on(self, reading: Reading) -> bool:
        """Show what is read, as it comes; whether it was read to the end."""
        more: bool | None = True
        enough = 0.0  # runs: a look costs what was read
        while more and self.stands:
            more = await self.bench.ask(reading.read_on)
            if more is False or (more and reading.whole.runs >= enough):
                enough = reading.whole.runs * MORE
                trends = await asyncio.to_thread(reading.trends)
                if self.stands:
                    self.show(trends)
        return more is False

    def show(self, trends: Trends) -> None:
        self.by_row = pages.figures_by_row(trends.workflows)
        self.nothing = pages.nothing(self.days) * (not trends.whole.runs)
        self.set_class(bool(self.nothing), "nothing")
        for page, rows in pages.pages_of(trends).items():
            self.show_rows(page, rows)
        for name, picture in pictures(trends).items():
            self.query_one(f"#plot-{name}", Plot).show(picture)
        self.show_steps()
        self.note(pages.read_so_far(trends))

    def show_rows(self, page: str, rows: Rows) -> None:
        self.shown[page] = rows
        table = self.table_of(page)
        table.empty = self.bench.keymap.taught(self.nothing or pages.EMPTY[page])
        table.show([*rows], rows.__getitem__)

    @on(VTable.Selected, "#page-workflows")
    def show_steps(self) -> None:
        """The steps of the chosen workflow, and which of them holds it up."""
        key = self.table_of("workflows").selected or ""
        figures = self.by_row.get(key)
        self.show_rows("steps", pages.steps_of(figures) if figures else {})
        told = pages.held_up(key, figures) if figures else ""
        self.query_one("#trends-told", Static).update(plain(told))
        self.set_class(bool(told), "told")
        self.show_head()

    def note(self, said: str) -> None:
        self.said = said
        self.show_head()

    def show_head(self) -> None:
        counts = {page: len(rows) for page, rows in self.shown.items()}
        drawn = pages.head(self.days, self.said, self.tabs(counts))
        self.query_one("#trends-head", Static).update(drawn)

    # Going about

    def read_again(self) -> None:
        self.read()

    def go_time(self, by: int) -> None:
        at = PERIODS.index(self.days) + by
        if 0 <= at < len(PERIODS):
            self.days = PERIODS[at]
            self.read()
        else:
            end = "shortest" if by < 0 else "longest"
            self.bench.say(f"{pages.named(self.days)} is the {end} time told of")

    @on(VTable.Opened)
    def open(self) -> None:
        """From a workflow to its steps; a figure leads nowhere."""
        if self.page != "workflows":
            self.teach("a row of figures leads nowhere: {go.next} is the next page")
        elif self.table_of("workflows").selected:
            self.go_page("steps")

    def back(self) -> None:
        """To the workflows first."""
        if self.page != "workflows" and not self.has_class("zoomed"):
            self.go_page("workflows")
        else:
            super().back()

    def copy(self) -> None:
        """The name of the row, without what makes its key the only one."""
        row = self.shown.get(self.page, {}).get(self.table_of(self.page).selected or "")
        self.bench.copy_text(row[0].strip() if row else "")

    def acts(self) -> dict[str, Act]:
        return {
            **self.going(),
            **self.paper.moves(),
            "trends.shorter": lambda: self.go_time(-1),
            "trends.longer": lambda: self.go_time(1),
            "trends.read": self.read_again,
            "list.open": self.open,
            "list.copy": self.copy,
        }
