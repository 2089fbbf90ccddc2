"""Pane 2: what waits for a person, oldest first, and the whole of what is asked.

A decision comes only from a key pressed in this pane, and binds to the gate that was on
the screen when it was pressed: its id and its digest go with it, and the store refuses
them if anything else is asked by then. Nothing that arrives moves the cursor, and what
has ended stays until the cursor leaves it, so no key can fall on a neighbour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from engine.machine.state import Json
from store.records import ApprovalRecord
from tui.actions import APPROVALS, Here
from tui.messages import ApprovalsRead, GateRead
from tui.panes.gate import Draft, Gate, draft_of
from tui.panes.gate_page import page
from tui.panes.pane import Act, Pane, how_old
from tui.screens.choose import Answer, Choose
from tui.screens.confirm import Confirm
from tui.screens.grace import Grace
from tui.screens.line import Line
from tui.text import mark_of
from tui.widgets.document import Document
from tui.widgets.safe import plain
from tui.widgets.vtable import Column, VTable

COLUMNS = (
    Column("id", "ID", 12, priority=8),
    Column("risk", "!", 1, priority=7),
    Column("title", "ASKS", None, priority=9),
    Column("workflow", "WORKFLOW", 16, priority=4),
    Column("age", "AGE", 4, priority=6, align="right"),
    Column("state", "STATE", 10, priority=3),
)
EMPTY = """Nothing waits for you.
A run that stops at a gate stands here
until someone has decided. A bell tells.
1  go to the runs"""


class ApprovalsPane(Pane):
    pane, number, heading = APPROVALS, 2, "Approvals"

    def __init__(self) -> None:
        super().__init__(id="approvals")
        self.pending: dict[str, ApprovalRecord] = {}
        self.kept: ApprovalRecord | None = None  # shown when it ended
        self.total = 0
        self.gate: Gate | None = None
        self.drafts: dict[str, Draft] = {}
        self.deciding = False

    def compose(self) -> ComposeResult:
        yield self.filter_input()
        yield VTable(COLUMNS, empty="Reading the approvals …", id="approvals-table")
        yield Document(id="request")

    def on_mount(self) -> None:
        self.grace = Grace(self.bench.clock)

    @property
    def document(self) -> Document:
        return self.query_one(Document)

    @property
    def chosen(self) -> ApprovalRecord | None:
        return self.row(self.table.selected or "")

    def row(self, key: str) -> ApprovalRecord | None:
        if self.kept is not None and self.kept.id == key:
            return self.kept
        return self.pending.get(key)

    def here(self) -> Here:
        gate = self.gate
        editable = gate.editable() if gate else None
        return self.bench.here(
            self.pane,
            approval=gate.approval if gate else self.chosen,
            choices=gate.request.choices if gate else (),
            editable=editable.name if editable else "",
        )

    def acts(self) -> Mapping[str, Act]:
        return {
            **(self.moves_in_document() if self.document.has_focus else {}),
            "approvals.approve": self.approve,
            "approvals.reject": self.reject,
            "approvals.choose": self.choose,
            "approvals.edit": self.edit,
            "approvals.read_down": self.document.action_half_down,
            "approvals.read_up": self.document.action_half_up,
        }

    def moves_in_document(self) -> Mapping[str, Act]:
        """After Enter the keys that move in the list move in the request."""
        document = self.document
        return {
            "list.down": document.action_down,
            "list.up": document.action_up,
            "list.page_down": document.action_half_down,
            "list.page_up": document.action_half_up,
            "list.top": document.action_cursor_top,
            "list.bottom": document.action_cursor_bottom,
        }

    def step_back(self) -> bool:
        if self.document.has_focus:
            self.take_focus()
            return True
        return super().step_back()

    def about(self) -> str:
        return str(self.total) if self.total else ""

    # Drawing what was read

    def show(self, message: ApprovalsRead) -> None:
        before = self.chosen
        self.pending = {approval.id: approval for approval in message.pending}
        self.total = message.total
        if before is not None and before.id not in self.pending:
            self.kept = before  # until the cursor leaves it
        elif self.kept is not None and self.kept.id in self.pending:
            self.kept = None
        self.refilter()
        self.entitle()
        self.read_again()

    def refilter(self) -> None:
        rows = [*self.pending.values(), *([self.kept] if self.kept else [])]
        selected = self.table.selected
        keys = sorted(
            row.id
            for row in rows
            # A filter doesn't take away what is being looked at.
            if row.id == selected or self.lets(row.id, row.title, row.workflow)
        )
        self.table.empty = "No approval holds that text." if self.pending else EMPTY
        self.set_class(not keys, "empty")
        self.table.show(keys, self.cells)

    def cells(self, key: str) -> Sequence[Content | str]:
        row = self.row(key)
        assert row is not None, "a row is shown only while it is known"
        mark = mark_of(row.status)
        return (
            row.id,
            plain("!" if row.risk == "high" else "", "$text-error"),
            row.title,
            row.workflow,
            how_old(self.bench.now() - row.requested_at),
            plain(mark.text(), mark.style),
        )

    @on(VTable.Selected)
    def chosen_changed(self, event: VTable.Selected) -> None:
        event.stop()
        if self.gate is not None and event.key == self.gate.approval.id:
            return
        self.gate = None
        self.draw()
        if event.key:
            self.bench.read_gate(event.key)
        if self.kept is not None and self.kept.id != event.key:
            self.kept = None
            self.call_later(self.refilter)

    def read_again(self) -> None:
        """Ask for the gate that is shown, when its row says that it has changed."""
        if self.gate is None:
            return
        if self.pending.get(self.gate.approval.id) != self.gate.approval:
            self.bench.read_gate(self.gate.approval.id)

    def show_gate(self, message: GateRead) -> None:
        gate = message.gate
        if gate.approval.id != self.table.selected or gate == self.gate:
            return
        self.gate = gate
        if not gate.open:
            self.kept = gate.approval
            self.table.refresh_rows()
        self.draw()

    def draw(self) -> None:
        """Put the whole request on the screen; keys are dead for a moment after."""
        self.grace.restart()
        if self.gate is None:
            self.document.show([], key="")
            return
        approval = self.gate.approval
        draft = self.drafts.get(approval.id)
        parts = page(self.gate, draft, self.bench.now())
        self.document.show(parts, key=f"{approval.id} {approval.digest}")

    # Deciding

    @on(VTable.Opened)
    def opened(self, event: VTable.Opened) -> None:
        """Enter never decides: it puts the request under the keys that scroll."""
        event.stop()
        self.document.focus(scroll_visible=False)

    def meant(self) -> Gate | None:
        """The gate a key is meant for; None, having said why, when there is none."""
        if self.gate is None:
            self.say("the request is still being read")
        elif self.deciding:
            self.say("the answer before is still being written")
        elif not self.grace.takes():
            self.say("what is shown has just changed: look at it, then press again")
        else:
            return self.gate
        return None

    def seen(self) -> bool:
        """Whether the end of the request has been on the screen."""
        if not self.document.end_seen:
            key = self.bench.keymap.first("approvals.read_down")
            self.say(f"read to the end before you approve: {key} reads on")
        return self.document.end_seen

    def approve(self) -> None:
        if (gate := self.meant()) is not None and self.seen():
            self.run_worker(self.answer(gate, "approve"), group="decision")

    def reject(self) -> None:
        if (gate := self.meant()) is not None:
            self.run_worker(self.answer(gate, "reject"), group="decision")

    def choose(self) -> None:
        if (gate := self.meant()) is not None:
            self.run_worker(self.offer(gate), group="decision")

    async def offer(self, gate: Gate) -> None:
        titles = {choice.name: choice.title for choice in gate.rules.choices}
        answers = [
            Answer(name, titles.get(name, ""), gate.request.then.get(name, ""))
            for name in gate.request.choices
        ]
        question = Choose(gate.request.title, answers, grace=Grace(self.bench.clock))
        choice = await self.bench.push_screen_wait(question)
        if choice is None or (gate.approves(choice) and not self.seen()):
            return
        await self.answer(gate, choice, sure=not gate.approves(choice))

    async def answer(self, gate: Gate, choice: str, *, sure: bool = True) -> None:
        """Ask for what the choice still needs, then decide on exactly this gate."""
        comment, reason = "", ""
        inputs: dict[str, Json] | None = None
        if not gate.approves(choice):
            said = await self.bench.push_screen_wait(
                Line(
                    f"{choice}: {gate.request.title}",
                    hint="in one line, why",
                    reasons=gate.rules.reasons,
                )
            )
            if said is None:
                return
            comment, reason = said.text, said.reason
        else:
            if gate.rules.form:
                inputs = await self.bench.fill_in(gate.request.title, gate.rules.form)
                if inputs is None:
                    return
            if not await self.sure(gate, choice, inputs, ask=not sure):
                return
        await self.decide(gate, choice, comment, reason, inputs)

    async def sure(
        self, gate: Gate, choice: str, inputs: dict[str, Json] | None, *, ask: bool
    ) -> bool:
        """`y` after `a`: for high risk, and where Enter or a digit came in between."""
        if not (ask or gate.high_risk or inputs is not None):
            return True
        risk = "High risk. " if gate.high_risk else ""
        given = "\n".join(f"{name}: {value}" for name, value in (inputs or {}).items())
        question = Confirm(
            f"{risk}{choice}: {gate.request.title}",
            given,
            grace=Grace(self.bench.clock),
        )
        return bool(await self.bench.push_screen_wait(question))

    async def decide(
        self,
        gate: Gate,
        choice: str,
        comment: str,
        reason: str,
        inputs: dict[str, Json] | None,
    ) -> None:
        approval = gate.approval
        draft = self.drafts.get(approval.id) if gate.approves(choice) else None
        edited = (draft.name, draft.text) if draft else None
        self.deciding = True
        try:
            decided = await self.bench.ask(
                lambda: self.bench.desk.decide(
                    approval.id,
                    choice,
                    seen=approval.digest,
                    comment=comment,
                    reason=reason,
                    inputs=inputs,
                    edited=edited,
                )
            )
        finally:
            self.deciding = False
        if decided is not None:
            self.drafts.pop(approval.id, None)
            self.say(f"{approval.id}: {choice} is recorded; {decided.status}")

    # Editing

    def edit(self) -> None:
        gate = self.gate
        shown = gate.editable() if gate else None
        if gate is None or shown is None:
            return
        draft = self.drafts.get(gate.approval.id)
        before = draft.text if draft else shown.text
        after = self.bench.edit_text(before, ".json" if shown.form == "json" else ".md")
        if after is None or after == before:
            self.say("the text is unchanged: nothing was edited")
            return
        self.drafts[gate.approval.id] = draft_of(shown, after)
        self.draw()
