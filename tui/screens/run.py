"""One run whole: its history, its steps at any event, and all of its texts."""

from __future__ import annotations

import asyncio

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from engine.inside import Inside, inside
from engine.past import Parts, parts_at
from store.records import RunRecord, StepRecord
from tui.actions import INSIDE, Here
from tui.messages import Read, RunsRead
from tui.panes.pane import Act
from tui.panes.run_acts import RunActs
from tui.panes.steering import Steering
from tui.screens import run_pages as pages
from tui.screens.attempts import look_at_attempts
from tui.screens.paged import PagedScreen
from tui.widgets.document import Document
from tui.widgets.vtable import VTable

SETTLE = 0.2  # seconds; a burst of events is read once


class RunScreen(PagedScreen, inherit_bindings=False):
    """Stands at an event, the newest until another is chosen: `[` and `]` go by one."""

    CSS_PATH = "run.tcss"
    place = INSIDE
    heading = "Inside the run"
    pages = ("history", "steps", "given", "asked", "left")
    page = "history"

    def __init__(self, record: RunRecord) -> None:
        super().__init__(classes="page-history")
        self.record = record
        self.found: Inside | None = None
        self.parts: Parts | None = None
        self.at: int | None = None  # None: the newest, also when another comes

    def body(self) -> ComposeResult:
        yield Static("", id="run-head")
        with Vertical(id="run-body"):
            yield VTable(pages.HISTORY, empty="Reading …", id="page-history")
            yield Static("", id="run-event")
            yield VTable(pages.STEPS, empty="It had come to no step.", id="page-steps")
            yield Document(id="page-given")
            yield Document(id="page-asked")
            yield Document(id="page-left")

    def on_mount(self) -> None:
        self.go_page("history")
        self.read()

    def here(self) -> Here:
        return self.bench.here(INSIDE, run=self.record, step=self.step)

    @property
    def step(self) -> StepRecord | None:
        """The one that is chosen among the steps, as it stood at the event."""
        path = self.table_of("steps").selected
        found = self.parts.steps if self.parts else []
        return next((step for step in found if step.path == path), None)

    @property
    def history(self) -> VTable:
        return self.table_of("history")

    # Reading, and drawing what was read

    def heard(self, message: Read) -> None:
        if isinstance(message, RunsRead):
            mine = [run for run in message.runs if run.id == self.record.id]
            if mine:
                self.record = mine[0]
                self.read()

    @work(exclusive=True, group="inside")
    async def read(self) -> None:
        await asyncio.sleep(SETTLE if self.found else 0)
        engine, run = self.bench.desk.engine, self.record.id
        found = await self.bench.ask(lambda: inside(engine, run))
        if found is not None and self.stands:
            self.found = found
            self.show()

    def show(self) -> None:
        found = self.found
        if found is None:
            return
        entries = {str(entry.seq): entry for entry in found.entries}
        self.history.show([*entries], lambda key: pages.event_cells(entries[key]))
        if self.at is None and entries:
            self.history.select(str(found.entries[-1].seq))
        for page, parts in (
            ("given", pages.given(found.state)),
            ("asked", pages.asked(found)),
            ("left", pages.left(found)),
        ):
            self.query_one(f"#page-{page}", Document).show(parts, key=page)
        self.stand_at(self.seq)

    @property
    def seq(self) -> int:
        """The event at which one stands."""
        assert self.found is not None, "nothing is shown before it was read"
        newest = self.found.entries[-1].seq if self.found.entries else 0
        return min(self.at or newest, newest)

    @work(exclusive=True, group="at")
    async def stand_at(self, seq: int) -> None:
        """Show the run as it was after an event."""
        engine, run = self.bench.desk.engine, self.record.id
        parts = await self.bench.ask(lambda: parts_at(engine, run, seq))
        if parts is None or not self.stands or seq != self.seq:
            return
        self.parts = parts
        table = self.table_of("steps")
        keys = [step.path for step in parts.steps]
        table.show(keys, lambda path: pages.step_cells(parts, path))
        self.show_head()

    def show_head(self) -> None:
        if self.found is None or self.parts is None:
            return
        newest = self.found.entries[-1].seq if self.found.entries else 0
        then = ", as it was then: {inside.later} goes on, {app.back} back"
        when = "" if self.at is None else self.bench.keymap.taught(then)
        at = f"event {self.seq} of {newest}{when}"
        line = pages.head(self.parts.run, at, self.tabs())
        self.query_one("#run-head", Static).update(line)
        entry = next((e for e in self.found.entries if e.seq == self.seq), None)
        if entry is not None:
            self.query_one("#run-event", Static).update(pages.event_in_full(entry))

    @on(VTable.Selected, "#page-history")
    def event_chosen(self, event: VTable.Selected) -> None:
        event.stop()
        if self.found is None or not event.key:
            return
        chosen = int(event.key)
        self.at = None if chosen == self.found.entries[-1].seq else chosen
        self.stand_at(self.seq)

    # Going about

    def back(self) -> None:
        """To the newest event first."""
        if self.at is not None and self.found is not None:
            self.history.select(str(self.found.entries[-1].seq))
        else:
            super().back()

    def open(self) -> None:
        """From an event to the steps at it; from a step to the attempts at it."""
        if self.page == "steps":
            self.bench.perform("runs.attempts")
        else:
            self.go_page("steps")

    def acts(self) -> dict[str, Act]:
        pane = self.bench.work.runs
        return {
            **self.going(),
            **RunActs(pane, lambda: self.record).by_id(),
            **Steering(pane, lambda: self.record).by_id(),
            **self.paper.moves(),
            "inside.earlier": self.history.action_cursor_up,
            "inside.later": self.history.action_cursor_down,
            "list.open": self.open,
            "runs.attempts": lambda: look_at_attempts(self.bench, self.here()),
            "list.copy": lambda: self.bench.copy_text(self.record.id),
        }
