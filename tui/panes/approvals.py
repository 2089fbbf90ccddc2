"""Pane 2: what waits for a person, by risk, then age, and the whole of what is asked.

A decision comes only from a key pressed in this pane, and binds to the gate that was on
the screen when it was pressed: its id and its digest go with it, and the store refuses
them if anything else is asked by then. Nothing that arrives moves the cursor, and what
has ended stays until the cursor leaves it, so no key can fall on a neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from engine import filters
from engine.stuck import Stuck
from store.records import ApprovalRecord, RunRecord
from tui.actions import APPROVALS, Here
from tui.messages import ApprovalsRead, BlocksRead, DraftsRead, GateRead, SnoozesRead
from tui.panes import approval_rows as rows
from tui.panes import unstuck
from tui.panes.deciding import Decider
from tui.panes.deciding_many import decide_marked
from tui.panes.drafts import Drafts, discard
from tui.panes.editing import edit
from tui.panes.folding import Folding, fold
from tui.panes.gate import Gate
from tui.panes.gate_page import page, passing
from tui.panes.marking import alike, mark_alike, mark_one, said_of_others
from tui.panes.ordering import Ordering
from tui.panes.pane import Act, Pane
from tui.panes.run_acts import look_inside
from tui.panes.saved_filters import SavedFilters
from tui.panes.snoozing import Sleep, snooze
from tui.panes.terms import HINT, Row
from tui.panes.ticking import tick
from tui.screens.grace import Grace
from tui.widgets.document import Document
from tui.widgets.vtable import VTable
from tui.words.purposes import Purposes

if TYPE_CHECKING:
    from engine.machine.missing import Lack
    from engine.outlook import Outlook


class ApprovalsPane(Pane):
    pane, number, heading = APPROVALS, 2, "Approvals"
    filter_hint = HINT

    def __init__(self) -> None:
        super().__init__(id="approvals")
        self.pending: dict[str, ApprovalRecord] = {}
        self.stuck: dict[str, Stuck] = {}  # steps that can't go on
        self.lacks: dict[str, Lack] = {}  # by run
        self.stuck_by_run: dict[str, list[Stuck]] = {}  # also by those it is inside of
        self.kept: Row | None = None  # shown when it ended
        self.total = 0
        self.runs: dict[str, RunRecord] = {}  # of all that waits
        self.purposes = Purposes()
        self.asleep = Sleep()
        self.ordering = Ordering()
        self.folding = Folding()
        self.listed: list[str] = []  # in the list, or in a fold of it
        self.gate: Gate | None = None
        self.outlook: Outlook | None = None  # of the gate
        self.source = False  # documents are shown as they are written
        self.words: tuple[str, ...] = ()  # of ours on the page, as it was drawn
        self.drafts = Drafts(self)
        self.decider = Decider(self)

    def compose(self) -> ComposeResult:
        yield VTable(
            rows.COLUMNS, empty="Reading the approvals …", id="approvals-table"
        )
        yield Document(id="request")

    def on_mount(self) -> None:
        self.grace = Grace(self.bench.clock)

    @property
    def document(self) -> Document:
        return self.query_one(Document)

    @property
    def chosen(self) -> ApprovalRecord | None:
        row = self.row(self.table.selected or "")
        return row if isinstance(row, ApprovalRecord) else None

    @property
    def chosen_step(self) -> Stuck | None:
        row = self.row(self.table.selected or "")
        return row if isinstance(row, Stuck) else None

    def row(self, key: str) -> Row | None:
        if self.kept is not None and self.kept.id == key:
            return self.kept
        return self.pending.get(key) or self.stuck.get(key)

    def here(self) -> Here:
        gate = self.gate
        editable = gate.editable() if gate else None
        stuck, row = self.chosen_step, self.chosen
        return self.bench.here(
            self.pane,
            approval=gate.approval if gate else row,
            step=stuck.step if stuck else None,
            unsure=stuck is not None and stuck.id in self.stuck and stuck.unsure,
            lacking=stuck is not None and stuck.id in self.stuck and not stuck.unsure,
            alike=len(alike(self, row)) if row else 0,
            asleep=(self.table.selected or "") in self.asleep,
            choices=gate.request.choices if gate else (),
            editable=editable.name if editable else "",
            edited=gate is not None and gate.approval.id in self.drafts,
            drawn=gate is not None and gate.drawn,
            checklist=gate is not None and bool(gate.checklists),
            answered=gate is not None and bool(self.bench.holding.of(gate.approval.id)),
            marked=len(self.together()),
            folded=not self.marked(),
        )

    def stuck_in(self, run: RunRecord | None) -> dict[str, bool]:
        """What steps of a run, or of those inside of it, ask for, as `Here` has it."""
        stuck = self.stuck_by_run.get(run.id, []) if run else []
        found = {row.unsure for row in stuck}
        return {"unsure": True in found, "lacking": False in found}

    def acts(self) -> Mapping[str, Act]:
        return {
            # After Enter the keys that move in the list move in the request.
            **(self.document.moves() if self.document.has_focus else {}),
            **SavedFilters(self, filters.INBOX).by_id(),
            **self.decider.by_id(),
            "approvals.edit": partial(edit, self),
            "approvals.discard": partial(discard, self),
            "approvals.tick": partial(tick, self),
            "approvals.source": self.turn_source,
            "approvals.snooze": self.snooze,
            "approvals.snoozed": self.show_asleep,
            "approvals.order": self.order,
            "approvals.fold": partial(fold, self),
            "approvals.mark": partial(mark_one, self),
            "approvals.mark_alike": partial(mark_alike, self),
            "approvals.approve_marked": lambda: self.decide_marked("approve"),
            "approvals.reject_marked": lambda: self.decide_marked("reject"),
            "runs.inside": lambda: look_inside(self.bench, self.here().run_id or ""),
            "approvals.read_down": self.document.action_half_down,
            "approvals.read_up": self.document.action_half_up,
        }

    def step_back(self) -> bool:
        if self.document.has_focus:
            self.take_focus()
            return True
        return super().step_back()

    # Several at once

    def marked(self) -> list[str]:
        """The marked ones that still wait, in the order of the list."""
        return [key for key in self.pending if key in self.table.marked]

    def together(self) -> list[str]:
        """What is decided at once: the marked ones, else all that the row stands for.

        A row that is no fold stands for no more than a key of its own decides on.
        """
        return self.marked() or self.folding.folds.get(self.table.selected or "", [])

    def select(self, key: str) -> bool:
        row = self.pending.get(key)
        if row is not None and key not in self.table.keys and key in self.listed:
            self.folding.turn(row)
            self.refilter()
        return super().select(key)

    def mark(self, keys: Iterable[str]) -> None:
        """Mark what is not marked of these; all of them are unmarked where they are."""
        wanted, marked = {*keys}, self.table.marked
        self.table.marked = marked - wanted if wanted <= marked else marked | wanted
        self.table.refresh_rows()
        self.entitle()

    def unmark(self, keys: Iterable[str]) -> None:
        self.mark(self.table.marked & {*keys})

    def decide_marked(self, choice: str) -> None:
        self.run_worker(decide_marked(self, choice), group="decision")

    def forget(self, done: Iterable[str]) -> None:
        """Keep no draft and no mark of gates that are decided."""
        self.drafts.forget(done)
        self.unmark(done)

    def about(self) -> str:
        marked, awake = len(self.marked()), self.total - len(self.asleep)
        if marked:
            keys = "{approvals.approve_marked} {approvals.reject_marked}"
            return f"{marked} marked of {awake}: {self.bench.keymap.taught(keys)}"
        return f"{awake} {self.ordering.by}" if awake else ""

    def notice(self) -> str:
        return self.about() if self.marked() else ""

    # In which order

    def order(self) -> None:
        """The next of the orders; the cursor stays on its row."""
        self.ordering.turn()
        self.refilter()
        self.entitle()
        self.say(f"what waits stands {self.ordering.by}")

    def show_blocks(self, message: BlocksRead) -> None:
        self.ordering.blocks = message.blocks
        self.lacks = message.lacks
        self.refilter()
        if self.chosen_step is not None:
            self.redraw()

    # For a while

    def waiting(self) -> list[Row]:
        """All that waits: gates by risk, then age; and what can't go on."""
        return [*self.pending.values(), *self.stuck.values()]

    def awake(self) -> list[Row]:
        """What waits and is not snoozed."""
        return [row for row in self.waiting() if row.id not in self.asleep]

    def snooze(self) -> None:
        if self.gate is not None and self.decider.is_held(self.gate):
            return
        row = self.gate.approval if self.gate else self.chosen_step
        if row is not None:
            self.run_worker(snooze(self, row), group="snooze")

    def show_asleep(self) -> None:
        self.asleep.shown = not self.asleep.shown
        self.refilter()

    def show_drafts(self, message: DraftsRead) -> None:
        self.drafts.show(message)
        self.refilter()
        if self.gate is not None and self.gate.approval.id in self.drafts:
            self.draw()

    def show_snoozes(self, message: SnoozesRead) -> bool:
        self.asleep.snoozes = message.snoozes
        return self.wakes(self.bench.now())

    def wakes(self, now: float) -> bool:
        """Whether other gates are asleep than before; then they are drawn so."""
        changed = self.asleep.look(self.waiting(), now)
        if changed:
            self.unmark(self.asleep.asleep)
            self.refilter()
        return changed

    # Drawing what was read

    def show(self, message: ApprovalsRead) -> None:
        before = self.row(self.table.selected or "")
        self.pending = {approval.id: approval for approval in message.pending}
        self.stuck = {row.id: row for row in message.stuck}
        self.stuck_by_run = unstuck.by_run(message.stuck, message.runs)
        self.total = message.total + len(self.stuck)
        waits = {*self.pending, *self.stuck}
        if before is not None and before.id not in waits:
            self.kept = before  # until the cursor leaves it
        elif self.kept is not None and self.kept.id in waits:
            self.kept = None
        # What it is for is told of it as long as it stands there.
        its = self.runs.get(self.kept.run) if self.kept is not None else None
        self.runs = {**({its.id: its} if its else {}), **message.runs}
        self.purposes = Purposes(self.runs.values())
        self.wakes(self.bench.now())
        self.refilter()
        self.entitle()
        self.stay_true(self.bench.now())
        self.read_again(message.changed)
        if self.chosen_step is not None:
            self.redraw()

    def filter_edited(self) -> None:
        """To the first that passes, where the row under the cursor doesn't."""
        before = self.table.selected
        self.refilter()
        if self.table.selected != before:
            self.table.move_to(0)

    def refilter(self) -> None:
        found = rows.listed(self)
        self.listed = [row.id for row in found]
        keys = rows.keys(self, found)
        self.table.empty = rows.why_empty(self)
        self.set_class(not keys, "empty")
        self.table.show(keys, partial(rows.cells, self), hidden=self.listed)

    @on(VTable.Selected)
    def chosen_changed(self, event: VTable.Selected) -> None:
        event.stop()
        if self.gate is not None and event.key == self.gate.approval.id:
            return
        before, self.gate = self.gate, None
        self.draw()
        if event.key and self.chosen_step is None:
            self.bench.read_gate(event.key)
        left = before is not None and before.approval.id in self.asleep
        if self.kept is not None and self.kept.id != event.key:
            self.kept, left = None, True
        if left:
            self.call_later(self.refilter)

    def read_again(self, changed: set[str] | None) -> None:
        """Ask for the gate that is shown, when it or its run may have changed."""
        if self.gate is None:
            return
        family = self.outlook.family if self.outlook else ()
        same = self.pending.get(self.gate.approval.id) == self.gate.approval
        if not same or changed is None or not changed.isdisjoint(family):
            self.bench.read_gate(self.gate.approval.id)

    def show_gate(self, message: GateRead) -> None:
        gate = message.gate
        if gate.approval.id != self.table.selected:
            return
        before, self.gate, self.outlook = self.gate, gate, message.outlook
        if gate == before:
            self.redraw()
            return
        if not gate.open:
            self.kept = gate.approval
            self.table.refresh_rows()
        self.draw()

    def draw(self) -> None:
        """Put the whole request on the screen; keys are dead for a moment after."""
        self.grace.restart()
        self.redraw()

    def tick(self, now: float) -> None:
        super().tick(now)
        self.stay_true(now)

    def stay_true(self, now: float) -> None:
        """Say anew what is said of time, and of others, where that is otherwise."""
        if self.gate and self.words_of(self.gate, now) != self.words:
            self.redraw()

    def words_of(self, gate: Gate, now: float) -> tuple[str, ...]:
        more = [said_of_others(self, gate.approval), self.drafts.broken(gate)]
        said = "; ".join(each for each in more if each)
        return *passing(gate, now, self.outlook), said

    def redraw(self) -> None:
        """What is asked is the same: only our own words about it may be others."""
        if self.gate is None:
            stuck = self.chosen_step
            parts = unstuck.page(self, stuck) if stuck else []
            self.document.show(parts, key=stuck.id if stuck else "")
            return
        approval = self.gate.approval
        draft = self.drafts.of(self.gate)
        now = self.bench.now()
        self.words = self.words_of(self.gate, now)
        key = self.bench.keymap.first("approvals.tick")
        told = page(
            self.gate,
            draft,
            now,
            self.outlook,
            self.words[-1],
            ticks="" if self.bench.only_looks else key,
            source=self.source,
        )
        self.document.show(told, key=f"{approval.id} {approval.digest}")

    def turn_source(self) -> None:
        """Show documents as they are written, or as they are read."""
        self.source = not self.source
        self.redraw()

    @on(VTable.Opened)
    def opened(self, event: VTable.Opened) -> None:
        """Enter never decides: it puts the request under the keys that scroll.

        Of a step that can't go on it asks.
        """
        event.stop()
        if (stuck := self.chosen_step) is not None:
            self.run_worker(unstuck.answer(self.bench, stuck), group="decision")
            return
        self.document.focus(scroll_visible=False)
