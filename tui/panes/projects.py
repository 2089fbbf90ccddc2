"""Pane 5: the projects that runs belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from store.records import ProjectRecord
from tui.actions import PROJECTS, Here
from tui.messages import Find, FindRuns, GoTo, ProjectsRead
from tui.panes.pane import Act, Pane
from tui.screens.line import Line
from tui.widgets.safe import plain
from tui.widgets.vtable import Column, VTable

COLUMNS = (
    Column("name", "NAME", 18, priority=9),
    Column("running", "▶", 4, priority=6, align="right"),
    Column("waiting", "?", 4, priority=7, align="right"),
    Column("failed", "✗", 4, priority=5, align="right"),
    Column("title", "TITLE", None, priority=3),
)
EMPTY = """No project yet.
It keeps runs together.
{projects.new}  make one"""


class ProjectsPane(Pane):
    pane, number, heading = PROJECTS, 5, "Projects"

    def __init__(self) -> None:
        super().__init__(id="projects")
        self.rows: dict[str, ProjectRecord] = {}
        self.counts: dict[str, dict[str, int]] = {}

    def compose(self) -> ComposeResult:
        yield VTable(COLUMNS, empty="Reading the projects …", id="projects-table")

    @property
    def chosen(self) -> ProjectRecord | None:
        return self.rows.get(self.table.selected or "")

    def here(self) -> Here:
        return self.bench.here(self.pane, project=self.chosen)

    def acts(self) -> Mapping[str, Act]:
        return {"projects.new": self.make}

    def show(self, message: ProjectsRead) -> None:
        self.rows = {project.name: project for project in message.projects}
        self.counts = message.counts
        self.refilter()

    def refilter(self) -> None:
        keys = [p.name for p in self.rows.values() if self.lets(p.name, p.title)]
        empty = "No project holds that." if self.rows else EMPTY
        self.table.empty = self.bench.keymap.taught(empty)
        self.table.show(keys, self.cells)

    def cells(self, key: str) -> Sequence[Content | str]:
        project = self.rows[key]
        counts = self.counts.get(key, {})
        archived = " (archived)" if project.archived else ""
        return (
            plain(project.name),
            str(counts.get("running", 0)),
            str(counts.get("waiting", 0)),
            str(counts.get("failed", 0)),
            project.title + archived,
        )

    @on(VTable.Opened)
    def open_project(self, event: VTable.Opened) -> None:
        """Show the runs of the project; `q` in Runs shows all again."""
        event.stop()
        self.post_message(FindRuns(Find(project=event.key)))
        self.post_message(GoTo("runs"))

    async def make(self) -> None:
        bench = self.bench
        question = Line("A new project", hint="its name: letters, digits, dashes")
        said = await bench.push_screen_wait(question)
        if said is not None and await bench.asked(
            lambda: bench.desk.open_project(said.text)
        ):
            bench.say(f"project {said.text} is made")
