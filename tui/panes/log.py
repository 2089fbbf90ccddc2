"""Pane 3: the steps of the chosen run, and its log as it comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from store.records import ApprovalRecord, LogRecord, RunRecord, StepRecord
from tui.actions import LOG, Here
from tui.deciders import answer_at
from tui.messages import RunRead
from tui.panes.pane import Act, Pane
from tui.panes.run_acts import RunActs
from tui.panes.steering import Steering
from tui.text import mark_of, placed, took
from tui.widgets.logtext import MOST
from tui.widgets.packed import Packed
from tui.widgets.safe import plain
from tui.widgets.vlog import LogLine, VLog
from tui.widgets.vtable import Column, VTable

COLUMNS = (
    Column("step", "STEP", 20, priority=9),
    Column("kind", "KIND", 8, priority=3),
    Column("state", "STATE", 9, priority=8),
    Column("took", "TOOK", 6, priority=5, align="right"),
    Column("tries", "TRIES", 5, priority=1, align="right"),
    Column("summary", "LEFT BEHIND", None, priority=6),
)
STYLES = {
    "err": "$text-error",
    "prompt": "$foreground-muted",
    "info": "$text-accent",
    "llm": "",
    "out": "",
}
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
        self.pieces = Packed(LogRecord)
        self.last_id = 0
        self.open_piece: tuple[str, int, str] | None = None

        self.add_class("empty")

    def compose(self) -> ComposeResult:
        yield VTable(COLUMNS, empty=self.bench.keymap.taught(EMPTY), id="steps")
        log = VLog(id="pieces")
        log.wrapped = True
        yield log

    @property
    def vlog(self) -> VLog:
        return self.query_one(VLog)

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
            "log.next_error": self.next_error,
            "log.wrap": log.action_wrap,
            "log.times": log.action_stamps,
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
        words.append("following" if self.vlog.following else "F follows")
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
        self.pieces.clear()
        self.last_id, self.open_piece = 0, None
        self.table.show([], self.cells)
        self.add_class("empty")
        self.vlog.clear()
        self.entitle()

    def show(self, message: RunRead) -> None:
        fresh = [piece for piece in message.logs if piece.id > self.last_id]
        if message.skipped and fresh:
            told = f"… what stands here: weir logs {message.run.id}"
            self.vlog.append([LogLine("", "", "$foreground-muted", told)])
            self.open_piece = None
        self.run = message.run
        self.remove_class("empty")
        self.gates = message.gates
        self.steps = {step.path: step for step in message.steps}
        self.table.show([EVERY_STEP, *self.steps], self.cells)
        if fresh:
            self.last_id = fresh[-1].id
            self.keep(fresh)
            self.append(fresh)
        self.entitle()

    def keep(self, pieces: Sequence[LogRecord]) -> None:
        """Keep them, to show those of one step alone."""
        for piece in pieces:
            self.pieces.append(piece)
        self.pieces.drop(len(self.pieces) - MOST)

    def append(self, pieces: Iterable[LogRecord]) -> None:
        """Add pieces to the log; one that continues an open line lengthens it."""
        lines: list[LogLine] = []
        only = self.step_shown
        for piece in pieces:
            if only is not None and piece.path != only:
                continue
            source = (piece.path, piece.attempt, piece.stream)
            text = piece.text if piece.open else piece.text.removesuffix("\n")
            if self.open_piece == source and lines:
                lines[-1] = lines[-1]._replace(text=lines[-1].text + text)
            elif self.open_piece == source:
                self.vlog.extend_last(text)
            else:
                lines.append(_line(piece, text))
            self.open_piece = source if piece.open else None
        self.vlog.append(lines)

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
        self.vlog.clear()
        self.open_piece = None
        self.append(self.pieces)
        self.entitle()

    @on(VLog.Following)
    def following_changed(self) -> None:
        self.entitle()

    def refilter(self) -> None:
        self.vlog.find(self.filter_text)

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

    def next_error(self) -> None:
        if not self.vlog.seek(lambda line: line.style == STYLES["err"]):
            self.say("no line after this one tells of a failure")


def _line(piece: LogRecord, text: str) -> LogLine:
    at = datetime.fromtimestamp(piece.at).astimezone()
    # As `weir logs` says it: what a model was asked is not what it answered.
    tag = piece.path if piece.stream == "out" else f"{piece.path} {piece.stream}"
    return LogLine(f"{at:%H:%M:%S}", tag, STYLES.get(piece.stream, ""), text)
