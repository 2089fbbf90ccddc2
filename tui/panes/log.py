"""Pane 3: the steps of the chosen run, and its log as it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from engine.machine.state import RUN_ENDED, STEP_ENDED
from store.records import ApprovalRecord, RunRecord, StepRecord
from tui.actions import LOG, Here
from tui.deciders import answer_at
from tui.messages import RunRead
from tui.panes.logged import Logged
from tui.panes.pane import Act, Pane
from tui.panes.run_acts import RunActs
from tui.panes.steering import Steering
from tui.reading import LogWanted
from tui.stretch import Log
from tui.text import mark_of, placed, took
from tui.widgets.safe import plain
from tui.widgets.vlog import VLog
from tui.widgets.vtable import Column, VTable

COLUMNS = (
    Column("step", "STEP", 20, priority=9),
    Column("kind", "KIND", 8, priority=3),
    Column("state", "STATE", 9, priority=8),
    Column("took", "TOOK", 6, priority=5, align="right"),
    Column("tries", "TRIES", 5, priority=1, align="right"),
    Column("summary", "LEFT BEHIND", None, priority=6),
)
NOT_BEGUN = frozenset({"created", "pending", "ready"})
FILLS = """
What programs print stands here, what models are asked
and answer, and which calls go over HTTP."""
EVERY_STEP = "*"  # no step's path: those are made of letters, digits and _#[]/-

EMPTY = """No run is chosen.
Here are the steps of a run, and what they say as they say it.
{go.runs}  go to the runs and choose one"""


class LogPane(Pane):
    pane, number, heading = LOG, 3, "Log"

    def __init__(self) -> None:
        super().__init__(id="log")
        self.run: RunRecord | None = None
        self.steps: dict[str, StepRecord] = {}
        self.gates: list[ApprovalRecord] = []
        self.add_class("empty")

    def compose(self) -> ComposeResult:
        yield VTable(COLUMNS, empty=self.bench.keymap.taught(EMPTY), id="steps")
        yield Logged(id="pieces")

    @property
    def vlog(self) -> Logged:
        return self.query_one(Logged)

    def wanted(self) -> LogWanted:
        log = self.vlog
        return LogWanted(log.log_of.path, log.newest_id, log.following)

    def here(self) -> Here:
        step = self.steps.get(self.table.selected or "")
        return self.bench.here(self.pane, run=self.run, step=step)

    def acts(self) -> Mapping[str, Act]:
        log = self.vlog
        return {
            **RunActs(self, lambda: self.run).by_id(),
            **Steering(self, lambda: self.run).by_id(),
            "log.checklist": self.open_checklist,
            "runs.attempts": self.attempts,
            "log.follow": log.action_follow,
            "log.next_step": self.table.action_cursor_down,
            "log.previous_step": self.table.action_cursor_up,
            "log.next_error": log.next_error,
            "log.raw": self.turn_raw,
            "log.wrap": log.action_wrap,
            "log.times": log.action_stamps,
            "log.find": self.open_filter,
            "log.find_next": log.action_find_next,
            "log.find_previous": log.action_find_previous,
            "log.left": log.action_left,
            "log.right": log.action_right,
            "log.line_start": log.action_line_start,
            "log.line_end": log.action_line_end,
            **log.moves(),
        }

    def take_focus(self) -> None:
        self.vlog.focus(scroll_visible=False)

    def copied(self) -> str:
        return self.run.id if self.run else ""

    def about(self) -> str:
        if self.run is None:
            return ""
        words = [self.run.id]
        if (step := self.step_shown) is not None:
            words.append(step)
        log = self.vlog
        words += ["raw"] if log.log_of.raw else []
        words.append("following" if log.following else "F follows")
        return " · ".join(words)

    @property
    def step_shown(self) -> str | None:
        """The path of the one step whose log is shown; None when all are."""
        selected = self.table.selected
        return None if selected in (None, EVERY_STEP) else selected

    # Drawing what was read

    def begin(self, run_id: str) -> None:
        """Forget the run before, so that nothing of it stands under another's name."""
        if self.run is not None and self.run.id == run_id:
            return
        self.run = None
        self.steps = {}
        self.table.show([], self.cells)
        self.add_class("empty")
        self.vlog.empty = ""
        self.vlog.begin(Log(run_id, raw=self.vlog.log_of.raw))
        self.entitle()

    def show(self, message: RunRead) -> None:
        self.run = message.run
        self.remove_class("empty")
        self.gates = message.gates
        self.steps = {step.path: step for step in message.steps}
        self.table.show([EVERY_STEP, *self.steps], self.cells)
        self.vlog.came(message.log)
        self.tell_what_fills_it()
        self.entitle()

    def tell_what_fills_it(self) -> None:
        log = self.vlog
        log.empty = "" if self.run is None else self.empty_words(self.run)
        if not log.text.rows:
            log.refresh()

    def empty_words(self, run: RunRecord) -> str:
        """Why nothing stands here, and what would."""
        step = self.steps.get(self.step_shown or "")
        who, status = (
            ("The run", run.status) if step is None else (step.path, step.status)
        )
        if status in NOT_BEGUN:
            return f"{who} has not begun.{FILLS}"
        ended = run.status in RUN_ENDED or status in STEP_ENDED
        return f"{who} has written nothing{'' if ended else ' yet'}.{FILLS}"

    def cells(self, key: str) -> Sequence[Content | str]:
        if key == EVERY_STEP:
            return ("every step", "", "", "", "", "")
        step = self.steps[key]
        answer = answer_at(step, self.gates)
        mark = mark_of(answer.status if answer else step.status)
        return (
            placed(step.path),
            step.kind,
            plain(mark.text(), mark.style),
            self._took(step),
            str(step.attempt) if step.attempt > 1 else "",
            answer.said if answer else step.summary,
        )

    def _took(self, step: StepRecord) -> str:
        if step.started_at is None or step.status == "interrupted":
            return ""  # when it ended, nobody knows
        return took((step.ended_at or self.bench.now()) - step.started_at)

    @on(VTable.Selected)
    def step_changed(self, event: VTable.Selected) -> None:
        event.stop()
        if self.run is None:
            return
        log = self.vlog
        wanted = Log(self.run.id, self.step_shown, log.log_of.raw)
        if wanted == log.log_of:
            return
        log.begin(wanted)
        log.read_anew()
        self.tell_what_fills_it()
        self.entitle()

    @on(VLog.Following)
    def following_changed(self) -> None:
        self.vlog.reach()
        self.entitle()

    def turn_raw(self) -> None:
        self.vlog.turn_raw()
        self.entitle()

    def refilter(self) -> None:
        self.vlog.find(self.filter_text)

    def step_back(self) -> bool:
        return self.vlog.give_up() or super().step_back()

    async def open_checklist(self) -> None:
        """Show the items of the checklist that the chosen step has left."""
        from tui.screens.checklist import Checklist  # not for the first paint

        run, step = self.run, self.step_shown
        assert run is not None
        assert step is not None
        desk = self.bench.desk
        found = await self.bench.ask(lambda: desk.checklist(run.id, step))
        if found is None:
            return
        path, items = found
        if not items:
            self.say(f"{path} has nothing to tick; `weir artifact` prints it")
            return
        await self.bench.push_screen_wait(Checklist(run.id, path, items))

    def attempts(self) -> None:
        from tui.screens.attempts import look_at_attempts  # not for the first paint

        look_at_attempts(self.bench, self.here())
