"""What is known of a gate that asks: its request, its rules, and its page to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from textual.content import Content

from engine.drafts import diff
from engine.errors import StaleDecision
from engine.machine.state import ApprovalStatus, Decision, Request, Shown
from engine.spans import left, moment
from store import runs
from store.records import ApprovalRecord
from tui.deciders import outcome, whence
from tui.widgets.safe import plain
from tui.words.purposes import Purposes

if TYPE_CHECKING:
    from engine.definition.kinds import Approval
    from engine.handle import Engine
    from engine.machine.ticking import Checklist

_decisions: msgspec.json.Decoder[list[Decision]] = msgspec.json.Decoder(list[Decision])

MARKDOWN = "markdown"  # the form of a document that is drawn
ANYONE = "anyone at this workspace"
SILENCE = {
    "expire": "it expires and the run stops here",
    "fail": "the step fails",
    "remind": "you are reminded, and it goes on waiting",
}


class Draft(Struct, frozen=True):
    """An edited text of one of the shown, not yet approved."""

    name: str
    text: str
    diff: str


class Gate(Struct, frozen=True):
    """An approval as it is shown: exactly this is what a decision is bound to."""

    approval: ApprovalRecord
    request: Request
    rules: Approval
    decisions: tuple[Decision, ...] = ()
    still: tuple[str, ...] = ()  # who may decide and has not
    purpose: str = ""  # of its run
    checklists: tuple[Checklist, ...] = ()  # that it shows, or wants complete

    @property
    def open(self) -> bool:
        return self.approval.status == ApprovalStatus.PENDING

    @property
    def high_risk(self) -> bool:
        return "high" in (self.approval.risk, self.request.risk)

    def approves(self, choice: str) -> bool:
        return any(c.approves for c in self.rules.choices if c.name == choice)

    def ticked(self, draft: Draft | None = None) -> list[Checklist]:
        """Its checklists as they stand, with the draft in place of what was edited."""
        return [
            each.edited(draft.text) if draft and draft.name == each.name else each
            for each in self.checklists
        ]

    def lacks(self, draft: Draft | None = None) -> str:
        """Which items have to be ticked before a yes, in words; "" for none."""
        return "; ".join(
            each.lacks for each in self.ticked(draft) if each.needed and each.lacks
        )

    @property
    def drawn(self) -> bool:
        """Whether anything of it is shown otherwise than it is written."""
        return any(shown.form == MARKDOWN for shown in self.request.shown)

    def editable(self) -> Shown | None:
        """Which of the shown may be edited."""
        from engine.machine.gate import editable

        name = editable(self.rules)
        return next((s for s in self.request.shown if s.name == name), None)


def read_gate(engine: Engine, approval: ApprovalRecord) -> Gate:
    """The gate of an approval, from its run's pinned version.

    Raises WeirError, also when the row no longer says what its digest is bound to.
    """
    # The rules, and templates: not for the first paint.
    from engine.gates import request_of, still_to_decide
    from engine.machine.gate import gate_of
    from engine.machine.places import scope_of
    from engine.machine.ticking import checklists_of
    from engine.steps.approval import digest_of

    state = engine.load(approval.run)
    rules = gate_of(engine.plan_of(state), state.steps[approval.path])
    request = request_of(approval)
    if digest_of(approval.run, approval.path, request) != approval.digest:
        raise StaleDecision(
            f"the stored request of {approval.id} is not the one that was asked;"
            " `weir doctor --rebuild` writes it anew"
        )
    decisions = tuple(_decisions.decode(approval.decisions))
    roles = engine.workspace.config.roles
    still = still_to_decide(roles, approval.approvers, decisions)
    run = runs.get(engine.database, approval.run)
    purpose = Purposes([run]).of(run) if run else ""
    lists = checklists_of(state, scope_of(approval.path), rules)
    return Gate(approval, request, rules, decisions, (*still,), purpose, (*lists,))


def draft_of(shown: Shown, text: str) -> Draft:
    return Draft(shown.name, text, diff(shown.text, text, shown.name))


def facts(gate: Gate, now: float) -> Iterator[str | Content]:
    """What stands above the request: from whom, until when, what each answer does."""
    approval = gate.approval
    yield f"{approval.id} · {approval.workflow} · step {approval.path}"
    yield f"from run {approval.run}, asked {moment(approval.requested_at)}"
    if gate.purpose:
        yield f"for {gate.purpose}"
    yield _who(gate)
    yield from (_said(decision) for decision in gate.decisions)
    if until := ends(gate, now):
        yield plain(until)  # which changes while it is looked at
    if not gate.open:
        yield f"this is {outcome(approval)}: nothing is asked any more"
    for choice in gate.request.choices:
        then = gate.request.then.get(choice, "")
        yield f"{choice}: {then}" if then else choice


def _who(gate: Gate) -> str:
    if not gate.open:
        return f"might decide: {', '.join(gate.approval.approvers) or ANYONE}"
    if not gate.decisions:
        who, still = ", ".join(gate.still) or ANYONE, ""
    else:
        who, still = ", ".join(gate.still) or "anyone else at this workspace", " still"
    required = gate.approval.required
    missing = required - sum(gate.approves(d.choice) for d in gate.decisions)
    many = f"; {missing} of {required} approvals still needed" if required > 1 else ""
    return f"may{still} decide: {who}{many}"


def _said(decision: Decision) -> str:
    said = f": {decision.comment}" if decision.comment else ""
    edited = f", with {decision.edit.name} edited" if decision.edit else ""
    when = moment(decision.at)
    return f"{decision.choice} at {when} by {whence(decision.by)}{edited}{said}"


def ends(gate: Gate, now: float) -> str:
    """When it ends by itself, and how; "" for one that does not."""
    deadline = gate.approval.deadline
    if not gate.open or deadline is None:
        return ""
    then = gate.rules.on_timeout or "expire"
    words = SILENCE.get(
        then, f"it goes on to {then.removeprefix('route:')}, unapproved"
    )
    if deadline <= now:
        return f"its time is up: {words}"
    when = f"{left(deadline - now)}, until {moment(deadline)}"
    return f"if nobody decides within {when}: {words}"
