"""One definition whole: its text, graph, problems, versions, runs and uses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from engine.about import About, InFlight, about, in_flight
from engine.definition.marks import START, Mark
from engine.errors import WeirError
from store.records import DefinitionRecord
from tui.actions import DEFINITION, RUNS, Here
from tui.messages import DefinitionsRead, Read, RunsRead
from tui.panes.pane import Act
from tui.screens.definition_pages import (
    COLUMNS,
    EMPTY,
    cells,
    changes,
    head,
    keys,
    told,
)
from tui.screens.paged import PagedScreen
from tui.widgets.document import Document
from tui.widgets.safe import plain
from tui.widgets.source import Source, coloured, coloured_diff
from tui.widgets.vtable import VTable

SETTLE = 0.2  # seconds; a burst of events reads the runs once


class DefinitionScreen(PagedScreen, inherit_bindings=False):
    """The text with one of the other pages beside it; only one page when narrow."""

    CSS_PATH = "definition.tcss"
    place = DEFINITION
    heading = "Definition"
    pages = ("text", "graph", "problems", "versions", "runs", "uses")
    page = "text"
    beside = "graph"

    def __init__(self, record: DefinitionRecord, line: int = 0) -> None:
        super().__init__(classes="page-text side-graph")
        self.record = record
        self.wanted = line  # brought into sight once the text is read
        self.about: About | None = None
        self.runs: dict[str, InFlight] | None = None
        self.code = Content("")
        self.marked = ""

    def body(self) -> ComposeResult:
        yield Static("", id="definition-head")
        with Horizontal(id="definition-body"):
            yield Source(id="page-text")
            with Vertical(id="definition-side"):
                yield Document(id="page-graph")
                for page, columns in COLUMNS.items():
                    yield VTable(columns, empty="Reading …", id=f"page-{page}")
                yield Static("", id="definition-about")

    def on_mount(self) -> None:
        self.go_page("problems" if self.record.problems else "text")
        self.read()
        self.read_runs()

    def here(self) -> Here:
        return self.bench.here(DEFINITION, definition=self.record)

    @property
    def key(self) -> tuple[str, str]:
        return self.record.kind, self.record.name

    @property
    def source(self) -> Source:
        return self.query_one(Source)

    # Reading, and drawing what was read

    def heard(self, message: Read) -> None:
        if isinstance(message, DefinitionsRead):
            self.read()
        if isinstance(message, DefinitionsRead | RunsRead):
            self.read_runs()

    @work(exclusive=True, group="about")
    async def read(self) -> None:
        def read() -> tuple[About, Content]:
            found = about(self.bench.desk.engine, self.record)
            return found, coloured(found.text)

        found = await self.bench.ask(read)
        if found is not None and self.stands:
            self.about, self.code = found
            self.record = self.about.record
            self.show()
            if self.wanted:
                self.call_after_refresh(self.source.go_to, self.wanted)
                self.wanted = 0

    @work(exclusive=True, group="runs")
    async def read_runs(self) -> None:
        await asyncio.sleep(SETTLE)
        record, engine = self.record, self.bench.desk.engine
        found = await self.bench.ask(lambda: in_flight(engine, record))
        if found is not None and self.stands:
            self.runs = {each.run.id: each for each in found}
            self.show()

    def show(self) -> None:
        if self.about is None:
            return
        if self.source.key in ("", "text"):
            self.show_text()
        graph = plain(self.about.graph, multiline=True)
        self.query_one("#page-graph", Document).show([graph], key="graph")
        for page in COLUMNS:
            if page != "runs" or self.runs is not None:
                table = self.table_of(page)
                table.empty = self.bench.keymap.taught(EMPTY[page])
                table.show(keys(page, self.about, self.runs or {}), self.cells_of(page))
        self.show_head()

    def cells_of(self, page: str) -> Callable[[str], Sequence[Content | str]]:
        found = self.about
        assert found is not None, "nothing is shown before it was read"
        now = self.bench.now()
        return lambda key: cells(page, found, self.runs or {}, key, now)

    def show_text(self) -> None:
        assert self.about is not None, "nothing is shown before it was read"
        wrong = {problem.line for problem in self.about.problems}
        self.source.show_code(self.code, key="text", wrong=wrong, numbered=True)

    def show_head(self) -> None:
        if self.about is not None:
            runs = self.runs or {}
            rows = {page: len(keys(page, self.about, runs)) for page in COLUMNS}
            drawn = head(self.about, self.tabs(rows))
            self.query_one("#definition-head", Static).update(drawn)
        self.tell_chosen()

    def told(self) -> str:
        assert self.about is not None, "nothing is told before it was read"
        opens = self.bench.keymap.first("list.open")
        key = self.table_of(self.page).selected
        runs = self.runs or {}
        return told(self.page, self.about, runs, key, opens) if key else ""

    @on(VTable.Selected)
    def tell_chosen(self) -> None:
        """All of the chosen row below the list, whose columns may have cut it."""
        words = ""
        if self.about is not None and self.page in COLUMNS:
            words = self.told()
        detail = self.query_one("#definition-about", Static)
        detail.update(plain(words, multiline=True))
        self.set_class(bool(words), "told")

    # Going about

    def look_at_line(self, line: int) -> None:
        """Read on at a line of the text, which is read anew."""
        self.wanted = line
        self.go_page("text")
        self.read()

    def go_page(self, page: str) -> None:
        self.remove_class("zoomed")
        super().go_page(page)

    def back(self) -> None:
        """Out of a diff first."""
        if self.source.key.startswith("diff"):
            self.show_text_again()
        else:
            super().back()

    def acts(self) -> dict[str, Act]:
        bench = self.bench
        return {
            **self.going(),
            **self.paper.moves(),
            "runs.start": lambda: bench.start_run(self.record.name),
            "templates.edit": self.edit,
            "templates.add": bench.work.templates.add_step,
            "definition.text": self.show_text_again,
            "definition.mark": self.mark,
            "list.open": self.open,
            "list.copy": self.copy,
        }

    # Acts

    @property
    def chosen(self) -> str:
        return (self.table_of(self.page).selected or "") if self.page in COLUMNS else ""

    @on(VTable.Opened)
    def open(self) -> None:
        """Go where the chosen row leads."""
        if not self.chosen:
            self.teach("nothing is chosen on this page: {go.next} goes to the next")
        elif self.page == "problems":
            self.edit()
        elif self.page == "versions":
            self.show_diff()
        elif self.page == "runs":
            self.bench.go(RUNS, self.chosen)
        else:
            self.open_use()

    def open_use(self) -> None:
        key = self.chosen.partition(" ")[2]
        record = self.bench.work.templates.rows.get(key)
        if record is None:
            self.bench.say(f"{key} is not there: `weir check` says where it is missed")
        else:
            self.bench.push_screen(DefinitionScreen(record))

    def edit(self) -> None:
        """At the chosen problem, or where one reads."""
        place = START
        if self.page == "problems" and self.chosen and self.about is not None:
            problem = self.about.problems[int(self.chosen)]
            place = Mark(max(1, problem.line), max(1, problem.column))
        elif self.source.key == "text":
            place = Mark(self.source.top_line, 1)
        try:
            path = self.bench.desk.workspace.root / self.record.path
            self.bench.edit(path, place)
        except WeirError as error:
            self.bench.say(str(error))

    def mark(self) -> None:
        if self.page != "versions" or not self.chosen:
            self.teach("only a version can be marked: {go.next} goes to Versions")
            return
        table = self.table_of("versions")
        table.marked = {self.chosen} - {self.marked}
        self.marked = "".join(table.marked)
        table.refresh_rows()

    def show_diff(self) -> None:
        """What the chosen version changed in the marked one, or in the one before."""
        assert self.about is not None, "a row is chosen of what was read"
        found = changes(self.about, self.chosen, self.marked)
        key = f"diff {self.marked} {self.chosen}"
        self.source.show_code(coloured_diff(found), key=key, numbered=False)
        if self.has_class("-narrow"):
            self.go_page("text")

    def show_text_again(self) -> None:
        if self.about is not None:
            self.show_text()

    def copy(self) -> None:
        self.bench.copy_text(self.chosen or self.record.name)

    @on(VTable.Selected, "#page-problems")
    def show_line(self, event: VTable.Selected) -> None:
        shown = self.page == "problems" and self.source.key == "text"
        if self.about is not None and event.key and shown:
            self.source.go_to(self.about.problems[int(event.key)].line)
