"""The workbench's screen: five panes, what was read for them, and the keys."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from tui.actions import ACTIONS, APPROVALS, PANES, RUNS, Action, Here, dead_at
from tui.keymap import Keys, press
from tui.messages import (
    ApprovalsRead,
    CountsRead,
    DefinitionsRead,
    FindRuns,
    GateRead,
    GoTo,
    ProjectsRead,
    Read,
    RunChosen,
    RunRead,
    RunsRead,
)
from tui.panes.approvals import ApprovalsPane
from tui.panes.log import LogPane
from tui.panes.pane import Act, Pane
from tui.panes.projects import ProjectsPane
from tui.panes.runs import RunsPane
from tui.panes.templates import TemplatesPane
from tui.screens.bars import Facts, FooterBar, StatusBar

if TYPE_CHECKING:
    from tui.app import Workbench


class WorkScreen(Screen[None], inherit_bindings=False):
    """Composes the panes; each key is looked up in the keymap of the one in use.

    Every key press on this screen comes here, unless one types into a filter.
    """

    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__(classes=f"at-{RUNS}")
        self.facts = Facts()
        self.pane_id = RUNS
        self.pressed: Keys = ()

    def compose(self) -> ComposeResult:
        yield StatusBar("", id="status")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield ProjectsPane()
                yield TemplatesPane()
            with Vertical(id="middle"):
                yield RunsPane()
                yield LogPane()
            with Vertical(id="right"):
                yield ApprovalsPane()
        yield Static("The workbench needs 60 columns and 15 lines.", id="small")
        yield FooterBar("", id="footer")

    def on_mount(self) -> None:
        self.facts.name = self.bench.workspace_name
        self.facts.provider = self.bench.desk.workspace.config.provider
        self.go(RUNS)
        self.bench.begin()

    @property
    def bench(self) -> Workbench:
        return cast("Workbench", self.app)

    @property
    def pane(self) -> Pane:
        return self.pane_of(self.pane_id)

    def pane_of(self, pane_id: str) -> Pane:
        return self.query_one(f"#{pane_id}", Pane)

    @property
    def runs(self) -> RunsPane:
        return self.query_one(RunsPane)

    @property
    def log_pane(self) -> LogPane:
        return self.query_one(LogPane)

    @property
    def approvals(self) -> ApprovalsPane:
        return self.query_one(ApprovalsPane)

    @property
    def templates(self) -> TemplatesPane:
        return self.query_one(TemplatesPane)

    # Drawing what was read

    def check_message_enabled(self, message: Message) -> bool:
        """Draw nothing more while the window closes, one widget after another."""
        drawn = self.bench.is_running or not isinstance(message, Read)
        return drawn and super().check_message_enabled(message)

    @on(RunsRead)
    def show_runs(self, message: RunsRead) -> None:
        self.runs.show(message)

    @on(CountsRead)
    def show_counts(self, message: CountsRead) -> None:
        self.facts.runs = message.runs
        self.show_status()

    @on(ApprovalsRead)
    def show_approvals(self, message: ApprovalsRead) -> None:
        self.approvals.show(message)
        self.facts.waiting = message.total
        ids = [approval.id for approval in message.pending]
        self.bench.announcer.waiting(ids, message.total, self.facts.name)
        first = message.pending[0] if message.pending else None
        self.facts.oldest = f"{first.id} {first.title}" if first else ""
        self.show_status()

    @on(GateRead)
    def show_gate(self, message: GateRead) -> None:
        self.approvals.show_gate(message)

    @on(DefinitionsRead)
    def show_definitions(self, message: DefinitionsRead) -> None:
        self.templates.show(message)
        self.facts.problems = len(message.problems)
        self.show_status()

    @on(ProjectsRead)
    def show_projects(self, message: ProjectsRead) -> None:
        self.query_one(ProjectsPane).show(message)

    @on(RunRead)
    def show_run(self, message: RunRead) -> None:
        if message.run.id == self.bench.wanted.run:
            self.log_pane.show(message)

    @on(RunChosen)
    def run_chosen(self, message: RunChosen) -> None:
        self.log_pane.begin(message.run)
        self.bench.choose_run(message.run)

    @on(FindRuns)
    def find_runs(self, message: FindRuns) -> None:
        self.runs.look_for(message.find)
        self.bench.find_runs(message.find)

    def show_status(self) -> None:
        self.facts.pane = self.pane_id
        self.query_one(StatusBar).show(self.facts, self.size.width)

    def show_stale(self, why: str) -> None:
        if why != self.facts.stale:
            self.facts.stale = why
            self.show_status()

    def tick(self, now: float) -> None:
        if not self.bench.is_running:
            return
        for pane in self.query(Pane):
            if pane.region.area:
                pane.tick(now)

    def on_resize(self) -> None:
        self.show_status()

    # Going about

    def go(self, pane_id: str, key: str = "") -> None:
        self.update_classes({f"at-{other}": other == pane_id for other in PANES})
        self.pane_id = pane_id
        if key:
            self.pane.select(key)
        # What is not displayed yet can't have the focus.
        self.call_after_refresh(self.pane.take_focus)
        self.show_status()
        self.show_keys()

    @on(GoTo)
    def go_to(self, message: GoTo) -> None:
        self.go(message.pane, message.key)

    def on_click(self, event: events.Click) -> None:
        """A click into another pane makes it the one in use."""
        for pane in event.widget.ancestors_with_self if event.widget else ():
            if isinstance(pane, Pane) and pane.pane != self.pane_id:
                self.go(pane.pane)

    def go_round(self, by: int) -> None:
        self.go(PANES[(PANES.index(self.pane_id) + by) % len(PANES)])

    def go_waiting(self) -> None:
        self.go(APPROVALS, next(iter(self.approvals.pending), ""))

    def back(self) -> None:
        """Out of the filter, out of the zoom, to Runs; and from there to the shell."""
        if self.pane.step_back():
            return
        if self.has_class("zoomed"):
            self.remove_class("zoomed")
        elif self.pane_id != RUNS:
            self.go(RUNS)
        else:
            self.bench.leave()

    # Keys

    def on_key(self, event: events.Key) -> None:
        if isinstance(self.focused, Input):
            if event.key == "escape":
                event.stop()
                self.pane.close_filter(clear=True)
            elif event.key in ("ctrl+q", "ctrl+c"):
                event.stop()
                self.press("ctrl+q" if event.key == "ctrl+q" else "ctrl+c")
            return
        event.stop()
        event.prevent_default()
        self.press(press(event.key, event.character))

    def press(self, key: str) -> None:
        """One key: an action, or the beginning of a chord."""
        chord = (*self.pressed, key)
        keymap = self.bench.keymap
        action = keymap.find(self.pane_id, chord)
        follows = keymap.follows(self.pane_id, chord) if action is None else []
        self.pressed = chord if follows else ()
        if follows:
            self.query_one(FooterBar).show_chord(chord, follows)
            return
        if len(chord) > 1:
            self.show_keys()
        if action is not None:
            self.perform(action)

    def show_keys(self) -> None:
        matters = self.pane_id == APPROVALS or self.bench.desk.database.read_only
        dead = dead_at(self.here()) if matters else frozenset()
        self.query_one(FooterBar).show(self.pane_id, self.bench.keymap, dead)

    def perform(self, action: Action) -> None:
        """Do what an action says, or say why not."""
        reason = action.refuse(self.here())
        if reason is not None:
            self.bench.say(reason)
            return
        result = self.acts()[action.id]()
        if inspect.iscoroutine(result):
            self.run_worker(result, group="act")

    def here(self) -> Here:
        return self.pane.here()

    def acts(self) -> dict[str, Act]:
        """What this screen does everywhere, and what the pane in use does."""
        going: dict[str, Act] = {
            f"go.{pane}": (lambda pane=pane: self.go(pane))  # type: ignore[misc]
            for pane in PANES
        }
        return {
            **going,
            "go.waiting": self.go_waiting,
            "go.next": lambda: self.go_round(1),
            "go.previous": lambda: self.go_round(-1),
            "view.zoom": lambda: self._toggle("zoomed"),
            "view.peek": lambda: self._toggle("no-peek"),
            "app.back": self.back,
            **self.bench.acts(),
            **self.pane.every_act(),
        }

    def _toggle(self, name: str) -> None:
        self.toggle_class(name)

    def actions_here(self) -> list[Action]:
        return [action for action in ACTIONS if action.applies(self.pane_id)]
