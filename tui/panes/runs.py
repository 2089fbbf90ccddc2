"""Pane 1: the runs, newest first, read a page at a time as the cursor nears the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from engine import filters
from engine.errors import WeirError
from engine.machine.state import RunStatus, StepStatus
from engine.sought import HINT, sought
from store.records import RunRecord
from tui.actions import RUNS, Here
from tui.messages import Find, GoTo, RunChosen, RunsRead
from tui.panes.pane import Act, Pane, how_old
from tui.panes.run_acts import RunActs
from tui.panes.saved_filters import SavedFilters
from tui.panes.steering import Steering
from tui.text import mark_of, took
from tui.widgets.safe import plain
from tui.widgets.vtable import Column, VTable
from tui.words.purposes import Purposes

COLUMNS = (
    Column("id", "ID", 12, priority=9),
    Column("workflow", "WORKFLOW", 16, priority=7),
    Column("for", "FOR", None, priority=6, least=15),
    Column("step", "STEP", None, priority=5),
    Column("state", "STATE", 9, priority=8),
    Column("age", "AGE", 4, priority=3, align="right"),
    Column("took", "TOOK", 9, priority=2, align="right"),
)
MOVING = (RunStatus.RUNNING, RunStatus.ROLLING_BACK)
NEAR = 30  # rows from the end at which the next page is read
EMPTY = """No run yet.
A run is one execution of a workflow.
It goes on when you close this.
{runs.start}  start one     {go.templates}  look at the workflows"""
NOTHING_FOUND = """No run is found by that.
{list.filter}  change the filter     {app.back}  clear it"""


class RunsPane(Pane):
    pane, number, heading = RUNS, 1, "Runs"
    filter_hint = HINT
    wrong = ""  # with what is typed after /

    def __init__(self) -> None:
        super().__init__(id="runs")
        self.find = Find()
        self.rows: dict[str, RunRecord] = {}
        self.purposes = Purposes()
        self.order: list[str] = []
        self.at_end = False
        self.asked = ""  # the oldest id a page was asked after
        self.wanted = ""  # to be selected when it arrives
        self.marked_run = ""  # that another is to be compared with, listed or not

    def compose(self) -> ComposeResult:
        yield VTable(COLUMNS, empty="Reading the runs …", id="runs-table")

    @property
    def chosen(self) -> RunRecord | None:
        return self.rows.get(self.table.selected or "")

    def here(self) -> Here:
        return self.bench.here(self.pane, run=self.chosen)

    def acts(self) -> Mapping[str, Act]:
        return {
            **RunActs(self, lambda: self.chosen).by_id(),
            **Steering(self, lambda: self.chosen).by_id(),
            **SavedFilters(self, filters.RUNS, self.find.project).by_id(),
            "runs.mark": self.mark,
        }

    def about(self) -> str:
        project = f"project {self.find.project}" if self.find.project else ""
        key = self.bench.keymap.first("runs.compare")
        marked = f"{key} compares with {self.marked_run}" if self.marked_run else ""
        return " · ".join(word for word in (project, marked) if word)

    def notice(self) -> str:
        return self.about()

    def mark(self) -> None:
        """Mark the chosen run, and no other; marked already: none."""
        chosen = self.table.selected or ""
        self.marked_run = "" if chosen == self.marked_run else chosen
        self.show_mark()
        self.entitle()
        key = self.bench.keymap.first("runs.compare")
        if self.marked_run:
            self.say(f"{self.marked_run} is marked; {key} compares another with it")

    def show_mark(self) -> None:
        self.table.marked = {self.marked_run} & {*self.order}
        self.table.refresh_rows()

    # Drawing what was read

    def show(self, message: RunsRead) -> None:
        if message.find != self.find:
            return  # read for a filter that has changed since
        if message.anew:
            self.rows, self.purposes = {}, Purposes()
        self.purposes.learn(message.runs)
        self.rows |= {run.id: run for run in message.runs}
        for gone in message.gone - {self.table.selected}:  # not what is looked at
            self.rows.pop(gone, None)
        if message.end:
            self.at_end = True
        self.order = sorted(self.rows, reverse=True)
        empty = NOTHING_FOUND if self.find != Find() else EMPTY
        self.table.empty = self.bench.keymap.taught(empty)
        self.table.show(self.order, self.cells)
        self.show_mark()
        if self.wanted and self.table.select(self.wanted):
            self.wanted = ""
        self.read_on()

    def select(self, key: str) -> bool:
        if super().select(key):
            return True
        self.wanted = key
        return False

    def cells(self, key: str) -> Sequence[Content | str]:
        run = self.rows[key]
        mark = mark_of(self.standing(run))
        now = self.bench.now()
        return (
            run.id,
            run.workflow,
            self.purposes.of(run, self.find.project),
            f"{run.done}/{run.total} {run.step}",
            plain(mark.text(), mark.style),
            how_old(now - run.started_at),
            _took(run, now),
        )

    def standing(self, run: RunRecord) -> str:
        """Its status, or that it waits to be told what became of a step."""
        waits = run.status == RunStatus.WAITING
        unsure = waits and self.bench.work.approvals.stuck_in(run)["unsure"]
        return StepStatus.INTERRUPTED if unsure else run.status

    # Reading on

    @on(VTable.Selected)
    def chosen_changed(self, event: VTable.Selected) -> None:
        event.stop()
        self.post_message(RunChosen(event.key or ""))
        self.read_on()

    def read_on(self) -> None:
        """Ask for the next page when the cursor nears the end of what is loaded."""
        oldest = min(self.rows, default="")
        if self.at_end or self.asked == oldest:
            return
        if self.table.selected in self.order[-NEAR:]:
            self.asked = oldest
            self.bench.read_page(self.find, self.asked)

    @on(VTable.Opened)
    def open_run(self, event: VTable.Opened) -> None:
        event.stop()
        self.post_message(GoTo("log"))

    def refilter(self) -> None:
        """Look for what is typed; what is wrong with it is said when it is sent."""
        self.wrong = ""
        try:
            sought(self.filter_text, self.bench.now())
        except WeirError as error:
            self.wrong = str(error)
        else:
            self.look_for(Find(self.filter_text, self.find.project))

    def look_for(self, find: Find) -> None:
        """Show other runs: those that were shown are dropped when these are read."""
        if find != self.find:
            self.find = find
            self.at_end, self.asked = False, ""
            self.entitle()
            self.bench.find_runs(find)

    def close_filter(self, *, clear: bool = False) -> bool:
        if self.wrong and not clear:
            self.say(self.wrong)
        if clear and self.find.project and not self.filter_text:
            self.look_for(Find())
            return True
        return super().close_filter(clear=clear)


def _took(run: RunRecord, now: float) -> str:
    """From its start to its end, or to now; nothing of one that stands still."""
    if run.ended_at is not None:
        return took(run.ended_at - run.started_at)
    return took(now - run.started_at) if run.status in MOVING else ""
