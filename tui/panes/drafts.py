"""What this person has edited and not decided on: kept in the store until they do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from store import drafts as kept
from store.database import StoreError, say
from store.drafts import DraftRecord
from tui.messages import DraftsRead
from tui.panes.gate import Draft, Gate, draft_of
from tui.screens.confirm import Confirm
from tui.screens.grace import Grace

if TYPE_CHECKING:
    from tui.app import Workbench
    from tui.panes.approvals import ApprovalsPane

BROKEN = (
    "your edit is no JSON yet: {approvals.edit} opens it again,"
    " {approvals.discard} drops it"
)


class Drafts:
    """By the id of the gate; read once, and from then on this window knows."""

    def __init__(self, pane: ApprovalsPane) -> None:
        self.pane = pane
        self.records: dict[str, DraftRecord] = {}
        self._made: dict[str, Draft] = {}

    @property
    def bench(self) -> Workbench:
        return self.pane.bench

    def __contains__(self, gate_id: str) -> bool:
        return gate_id in self.records

    def record(self, gate: Gate) -> DraftRecord | None:
        """What was edited of exactly this: another question has none."""
        found = self.records.get(gate.approval.id)
        same = found is not None and found.digest == gate.approval.digest
        return found if same else None

    def of(self, gate: Gate) -> Draft | None:
        """The edited text that an approval takes, with how it differs."""
        found, key = self.record(gate), gate.approval.id
        if found is None or not found.whole:
            return None
        if key not in self._made:
            for shown in gate.request.shown:
                if shown.name == found.shown:
                    self._made[key] = draft_of(shown, found.text)
        return self._made.get(key)

    def broken(self, gate: Gate) -> str:
        """Why no yes can be said with what was edited; "" where one can."""
        found = self.record(gate)
        broken = found is not None and not found.whole
        return self.bench.keymap.taught(BROKEN) if broken else ""

    def keep(self, gate: Gate, shown: str, text: str, *, whole: bool) -> str:
        """On disk before anything is shown of it; why not, where it can't be."""
        approval = gate.approval
        record = DraftRecord(
            person=self.bench.desk.who.name,
            gate=approval.id,
            digest=approval.digest,
            shown=shown,
            text=text,
            whole=whole,
        )
        self.records[approval.id] = record
        self._made.pop(approval.id, None)
        try:
            kept.save(self.bench.desk.database, record)
        except StoreError as error:
            return f"; it is gone with this window: {say(error)}"
        return ""

    def forget(self, gates: Iterable[str]) -> None:
        """Of gates that are decided, or whose edit is dropped."""
        mine = [gate for gate in gates if self.records.pop(gate, None)]
        for gate in mine:
            self._made.pop(gate, None)
        self.delete(mine)

    def show(self, message: DraftsRead) -> None:
        self.records = {each.gate: each for each in message.drafts} | self.records
        if not self.bench.only_looks:
            self.delete(message.over)

    def delete(self, gates: list[str]) -> None:
        if gates:
            desk = self.bench.desk
            database, person = desk.database, desk.who.name
            deleting = asyncio.to_thread(kept.delete, database, person, gates)
            self.bench.run_worker(deleting, group="drafts")


async def discard(pane: ApprovalsPane) -> None:
    """Drop what was edited at the chosen gate, which is asked: it is gone then."""
    gate = pane.gate
    if gate is None or pane.decider.is_held(gate):
        return
    question = Confirm(
        f"Drop your edit of {gate.approval.id}?",
        "What you have changed is gone; the gate asks what it asked.",
        grace=Grace(pane.bench.clock),
    )
    if await pane.bench.push_screen_wait(question):
        pane.drafts.forget([gate.approval.id])
        pane.refilter()
        pane.draw()
        pane.say("your edit is dropped; the gate shows what it asks")
