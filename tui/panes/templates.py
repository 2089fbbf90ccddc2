"""Pane 4: what the files say, which of them can't be used, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.counted import counted
from engine.errors import WeirError
from store.records import DefinitionRecord, ProblemRecord
from tui.actions import TEMPLATES, Here
from tui.messages import DefinitionsRead
from tui.panes.pane import Act, Pane
from tui.widgets.safe import plain
from tui.widgets.vtable import Column, VTable

COLUMNS = (
    Column("name", "NAME", None, priority=9),
    Column("kind", "KIND", 8, priority=7),
    Column("state", "STATE", 6, priority=8),
    Column("title", "TITLE", 28, priority=5),
)
KINDS = ("workflow", "step", "artifact", "agent", "source")
# No line of these is longer than the column it stands in at 160.
EMPTY = """No definition yet.
{templates.new} writes a workflow, from a
starter or blank. A file
saved in workflows/ comes
here at once."""


class TemplatesPane(Pane):
    pane, number, heading = TEMPLATES, 4, "Templates"

    def __init__(self) -> None:
        super().__init__(id="templates")
        self.rows: dict[str, DefinitionRecord] = {}
        self.problems: dict[str, list[ProblemRecord]] = {}

    def compose(self) -> ComposeResult:
        yield VTable(COLUMNS, empty="Reading the definitions …", id="templates-table")
        with VerticalScroll(classes="detail", can_focus=False):
            yield Static("", id="definition")

    @property
    def chosen(self) -> DefinitionRecord | None:
        return self.rows.get(self.table.selected or "")

    def here(self) -> Here:
        return self.bench.here(self.pane, definition=self.chosen)

    def acts(self) -> Mapping[str, Act]:
        return {
            "runs.start": self.start,
            "templates.edit": self.edit,
            "templates.new": self.new_workflow,
            "templates.add": self.add_step,
        }

    def workflows(self) -> list[DefinitionRecord]:
        """Those that can be started."""
        every = self.rows.values()
        good = [d for d in every if d.version and not d.missing]
        return [d for d in good if d.kind == "workflow"]

    def about(self) -> str:
        count = sum(len(found) for found in self.problems.values())
        return counted(count, "problem") if count else ""

    # Drawing what was read

    def show(self, message: DefinitionsRead) -> None:
        self.rows = {f"{d.kind}/{d.name}": d for d in message.definitions}
        self.problems = {}
        for problem in message.problems:
            self.problems.setdefault(problem.path, []).append(problem)
        self.add_files_without_a_name()
        self.refilter()
        self.entitle()

    def add_files_without_a_name(self) -> None:
        """A file so broken that it names nothing still has a row of its own."""
        known = {definition.path for definition in self.rows.values()}
        for path, found in self.problems.items():
            if path not in known:
                self.rows[f"file/{path}"] = DefinitionRecord(
                    kind="file", name=path, path=path, problems=len(found)
                )

    def refilter(self) -> None:
        keys = [
            key
            for key, d in self.rows.items()
            if self.lets(d.name, d.kind, d.title, d.path)
        ]
        keys.sort(key=lambda key: _order(self.rows[key]))
        empty = "Nothing here holds that text." if self.rows else EMPTY
        self.table.empty = self.bench.keymap.taught(empty)
        self.table.show(keys, self.cells)
        self.describe()

    def cells(self, key: str) -> Sequence[Content | str]:
        definition = self.rows[key]
        return (definition.name, definition.kind, _state(definition), definition.title)

    @on(VTable.Selected)
    def chosen_changed(self, event: VTable.Selected) -> None:
        event.stop()
        self.describe()

    def describe(self) -> None:
        definition = self.chosen
        text = "\n".join(self._lines(definition)) if definition else ""
        self.query_one("#definition", Static).update(plain(text, multiline=True))

    def _lines(self, definition: DefinitionRecord) -> list[str]:
        lines = [definition.path]
        if definition.version:
            lines.append(f"in force: {definition.version[:12]}")
        if definition.missing:
            lines.append("its file is gone; its versions and its runs stay")
        problems = self.problems.get(definition.path, [])
        if problems and definition.version:
            lines.append(
                "the file has problems, so the last good version stays in force:"
            )
        return lines + [_told(problem) for problem in problems]

    # Acts

    @on(VTable.Opened)
    def opened(self, event: VTable.Opened) -> None:
        event.stop()
        self.bench.perform("go.definition")

    async def start(self) -> None:
        await self.bench.start_run(self.chosen.name if self.chosen else "")

    async def new_workflow(self) -> None:
        from tui.screens.new_workflow import new_workflow  # not for the first paint

        await new_workflow(self.bench)

    async def add_step(self) -> None:
        from tui.screens.add_step import add_step  # not for the first paint

        await add_step(self.bench)

    def edit(self) -> None:
        definition = self.chosen
        assert definition is not None, "the registry refuses without one"
        try:
            self.bench.edit(self.bench.desk.workspace.root / definition.path)
        except WeirError as error:
            self.say(str(error))


def _order(definition: DefinitionRecord) -> tuple[int, str]:
    kind = definition.kind
    return (KINDS.index(kind) if kind in KINDS else -1, definition.name)


def _state(definition: DefinitionRecord) -> Content:
    if definition.missing:
        return plain("⊘ gone", "$foreground-muted")
    if definition.problems:
        return plain(f"✗ {definition.problems}", "$text-error")
    return plain("✓ good", "$text-success")


def _told(problem: ProblemRecord) -> str:
    place = problem.path
    if problem.line:
        place = f"{place}:{problem.line}:{problem.column}"
    return f"{place}: {problem.message}" + (f"; {problem.hint}" if problem.hint else "")
