"""The workbench's screen: five panes, what was read for them, and the keys."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from engine.stuck import Stuck
from engine.workspace import CONFIG
from tui.actions import PANES, RUNS, Here
from tui.announce import News
from tui.messages import (
    ApprovalsRead,
    BlocksRead,
    CountsRead,
    DefinitionsRead,
    DraftsRead,
    FailuresRead,
    FindRuns,
    GateRead,
    GoTo,
    ProjectsRead,
    Read,
    RunChosen,
    RunRead,
    RunsRead,
    SnoozesRead,
)
from tui.panes.approvals import ApprovalsPane
from tui.panes.log import LogPane
from tui.panes.pane import Act, Pane
from tui.panes.projects import ProjectsPane
from tui.panes.runs import RunsPane
from tui.panes.templates import TemplatesPane
from tui.screens.bars import Facts, FooterBar, StatusBar, TooSmall
from tui.screens.keyed import KeyedScreen
from tui.screens.modal import Question

PERSONAL = "config.toml"
NEWS = "news"  # what is read whenever anyone has written


class WorkScreen(KeyedScreen, inherit_bindings=False):
    """Composes the panes; each key is looked up in the keymap of the one in use.

    Every key press on this screen comes here, unless one types into a filter.
    """

    def __init__(self) -> None:
        super().__init__(classes=f"at-{RUNS}")
        self.facts = Facts()
        self.behind: dict[str, str] = {}  # what could not be read, and why
        self.pane_id = RUNS

    def compose(self) -> ComposeResult:
        # Textual gives these at the first resize: after a first paint without them.
        self.add_class(*self.size_classes())
        yield StatusBar("", id="status")
        with Horizontal(classes="body"):
            with Vertical(id="left"):
                yield ProjectsPane()
                yield TemplatesPane()
            with Vertical(id="middle"):
                yield RunsPane()
                yield LogPane()
            with Vertical(id="right"):
                yield ApprovalsPane()
        yield TooSmall()
        yield FooterBar("", id="footer")

    def size_classes(self) -> set[str]:
        width, height = self.app.size
        across = self._get_breakpoint_classes(width, self.bench.HORIZONTAL_BREAKPOINTS)
        down = self._get_breakpoint_classes(height, self.bench.VERTICAL_BREAKPOINTS)
        return across | down

    def on_mount(self) -> None:
        self.read_settings()
        self.go(RUNS)
        self.tell_keys()
        self.bench.begin()

    def read_settings(self) -> None:
        """What the first line tells of weir.toml."""
        self.facts.name = self.bench.workspace_name
        self.facts.provider = self.bench.desk.workspace.config.provider

    @property
    def place(self) -> str:
        return self.pane_id

    @property
    def heading(self) -> str:
        return self.pane.heading

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
        self.pass_on(message)

    @on(CountsRead)
    def show_counts(self, message: CountsRead) -> None:
        self.facts.runs = message.runs
        self.show_status()

    @on(ApprovalsRead)
    def show_approvals(self, message: ApprovalsRead) -> None:
        self.approvals.show(message)
        self.runs.table.refresh_rows()  # some wait for what became of a step
        self.tell_waiting()

    @on(BlocksRead)
    def show_blocks(self, message: BlocksRead) -> None:
        self.approvals.show_blocks(message)

    @on(DraftsRead)
    def show_drafts(self, message: DraftsRead) -> None:
        self.approvals.show_drafts(message)

    @on(SnoozesRead)
    def show_snoozes(self, message: SnoozesRead) -> None:
        if self.approvals.show_snoozes(message):
            self.tell_waiting()

    def tell_waiting(self) -> None:
        """Count and announce what waits for this person, but what they have snoozed."""
        awake, total = self.approvals.awake(), self.approvals.total
        self.facts.snoozed = len(self.approvals.asleep)
        self.facts.waiting = total - self.facts.snoozed
        gates = [row for row in awake if not isinstance(row, Stuck)]
        asks = {row.id: News(row.title, row.risk) for row in gates}
        self.bench.announcer.waiting(asks, self.facts.waiting, self.facts.name)
        first = awake[0] if awake else None
        self.facts.first = f"{first.id} {first.title}" if first else ""
        self.show_status()

    @on(FailuresRead)
    def tell_failures(self, message: FailuresRead) -> None:
        self.bench.announcer.failed(message.failures)

    @on(GateRead)
    def show_gate(self, message: GateRead) -> None:
        self.approvals.show_gate(message)

    @on(DefinitionsRead)
    def show_definitions(self, message: DefinitionsRead) -> None:
        self.templates.show(message)
        self.facts.problems = len(message.problems)
        self.show_status()
        self.pass_on(message)

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

    def show_status(self) -> None:
        self.facts.pane = self.pane_id
        pane = self.query_one_optional(f"#{self.pane_id}", Pane)
        self.facts.notice = pane.notice() if pane else ""
        self.show_facts(self.facts)
        for screen in self.above():
            screen.show_facts(self.facts)

    def pass_on(self, message: Read) -> None:
        for screen in self.app.screen_stack:
            if isinstance(screen, KeyedScreen | Question) and screen is not self:
                screen.heard(message)

    def above(self) -> Iterator[KeyedScreen]:
        """The screens that stand over the panes, and show what is read as well."""
        for screen in self.app.screen_stack:
            if isinstance(screen, KeyedScreen) and screen is not self:
                yield screen

    def show_stale(self, what: str, why: str) -> None:
        """Why `what` is behind; "" when it is not. The news brings all but files."""
        if what == NEWS:
            files = (CONFIG, PERSONAL)
            self.behind = {each: self.behind.get(each, "") for each in files}
        self.behind[what] = why
        told = next((why for why in self.behind.values() if why), "")
        if told != self.facts.stale:
            self.facts.stale = told
            self.show_status()

    def tick(self, now: float) -> None:
        if not self.bench.is_running:
            return
        if self.approvals.wakes(now):
            self.tell_waiting()
        self.bench.announcer.tell()
        for pane in self.query(Pane):
            if pane.region.area:
                pane.tick(now)
        self.bench.keyed.show_keys()

    def on_resize(self) -> None:
        self.show_status()

    # Going about

    def go(self, pane_id: str, key: str = "") -> None:
        self.update_classes({f"at-{other}": other == pane_id for other in PANES})
        self.pane_id = pane_id
        if key:
            self.pane.select(key)
        # What is not displayed yet can't have the focus.
        self.call_after_refresh(self.settle, self.pane)
        self.show_status()

    def settle(self, pane: Pane) -> None:
        """Put the keys into a pane; not where they go into its filter by now."""
        line = pane.filter_line
        if line is None or not line.has_class("open"):
            pane.take_focus()

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

    def back(self) -> None:
        """Out of what is open, to Runs; and from there to the shell."""
        if not self.stepped_back():
            self.bench.leave()

    def out(self) -> None:
        self.stepped_back()

    def stepped_back(self) -> bool:
        """Out of the filter, out of the zoom, to Runs; False when all that is done."""
        if self.pane.step_back():
            return True
        if self.has_class("zoomed"):
            self.zoom()
            return True
        if self.pane_id != RUNS:
            self.go(RUNS)
            return True
        return False

    # Keys

    def takes_text(self, event: events.Key) -> bool:
        return self.types_into(self.pane, event)

    def here(self) -> Here:
        return self.pane.here()

    def acts(self) -> dict[str, Act]:
        """What this screen does everywhere, and what the pane in use does."""
        return {
            **self.going(),
            "view.peek": self.peek,
            **self.pane.every_act(),
        }

    def peek(self) -> None:
        """Show or hide what stands below a list."""
        self.toggle_class("no-peek")
