"""The rules of a gate: who may decide on what, and what silence means.

Silence never approves. A decision is bound to the digest of what was shown, and a
gate that has been decided does not open again.
"""

from __future__ import annotations

import msgspec

from engine.definition.fields import accept
from engine.definition.graph import END
from engine.definition.kinds import Approval, Choice
from engine.definition.model import Step
from engine.errors import (
    CommandRefused,
    InvalidValues,
    StaleDecision,
    TemplateError,
)
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.advance import advance, choose, enter, follow
from engine.machine.asking_more import answer, gate_for_more, is_asking_more
from engine.machine.change import Change
from engine.machine.ends import cancel_scope, fail_scope
from engine.machine.offering import GATE
from engine.machine.offering import answer as take
from engine.machine.places import scope_of
from engine.machine.plan import Plan
from engine.machine.reminding import first_reminder
from engine.machine.state import (
    Actor,
    ApprovalState,
    ApprovalStatus,
    Decision,
    Json,
    Offer,
    RunState,
    StepState,
)
from engine.machine.ticking import require_complete
from engine.spans import age


def request(plan: Plan, change: Change, command: c.RequestApproval) -> None:
    """Open the gate: what is asked stands in the event, as rendered."""
    if command.approval in change.state.approvals:
        raise CommandRefused(f"{command.approval} has been asked already")
    step = change.state.steps[command.path]
    gate = _rules(plan, step, command.offer)
    deadline = change.now + gate.timeout if gate.timeout is not None else None
    escalate_at = change.now + gate.escalate.after if gate.escalate else None
    change.add(
        e.ApprovalRequested(
            command.path,
            command.attempt,
            command.approval,
            command.request,
            command.digest,
            deadline,
            command.offer,
            first_reminder(gate, change.now),
            escalate_at,
        ),
        step.seq,
    )


def decide_approval(plan: Plan, change: Change, command: c.DecideApproval) -> None:
    approval = require_pending(change.state, command.approval)
    step = change.state.steps[approval.path]
    gate = gate_of(plan, step)
    if command.digest != approval.digest:
        raise StaleDecision(
            f"{approval.id} no longer asks what was shown; look again, then decide"
        )
    _require_in_time(gate, approval, change.now)
    choice = _require_choice(gate, command.choice)
    require_approver(gate, approval, command.by)
    if gate.risk == "high" and choice.approves and command.by.via == "script":
        raise CommandRefused(
            f"{approval.id} is high risk; approve it from a terminal, not a script"
        )
    if command.reason and command.reason not in gate.reasons:
        known = ", ".join(gate.reasons) or "none"
        raise CommandRefused(f"`{command.reason}` is not a reason here; known: {known}")
    inputs = (
        accept(gate.form, command.inputs, noun="form value") if choice.approves else {}
    )
    _check_edit(plan, change.state, scope_of(step.path), gate, choice, command)
    if choice.approves:
        require_complete(change.state, scope_of(step.path), gate, command.edit)
    decision = Decision(
        choice.name,
        command.by,
        change.now,
        command.digest,
        command.comment or gate.reasons.get(command.reason, ""),
        command.reason,
        inputs,
        command.edit,
    )
    _apply(plan, change, approval, gate, choice, decision)


def _apply(
    plan: Plan,
    change: Change,
    approval: ApprovalState,
    gate: Approval,
    choice: Choice,
    decision: Decision,
) -> None:
    status = ApprovalStatus.REJECTED
    if choice.approves:
        enough = len(approval.decisions) + 1 >= gate.required
        status = ApprovalStatus.APPROVED if enough else ApprovalStatus.PENDING
    path = approval.path
    step = change.state.steps[path]
    change.add(e.ApprovalDecided(approval.id, path, decision, status), step.seq)
    if status is ApprovalStatus.PENDING:
        return
    if step.offer is not None:
        if take(change, change.state.steps[path], step.offer, decision):
            advance(plan, change, path)
        return
    if is_asking_more(plan, step):
        asked = change.state.steps[path]
        answer(plan, change, asked, decision, approved=choice.approves)
        return
    output = _output(choice.name, decision)
    change.add(e.StepSucceeded(path, step.attempt, output))
    if choice.approves:
        advance(plan, change, path)
    elif not follow_no(plan, change, path, choice.name):
        said = f": {decision.comment}" if decision.comment else ""
        reason = f"{choice.name} by {decision.by.name} at {path}{said}"
        fail_scope(plan, change, scope_of(path), reason, path)


def follow_no(plan: Plan, change: Change, path: str, choice: str) -> bool:
    """Go where a route for this choice leads; False when none does: a no stays a no."""
    step = change.state.steps[path]
    node = plan.node(step.step)
    try:
        chosen = choose(plan, change, path, choice, named=True)
    except TemplateError as error:
        reason = f"the route of {step.step}: {error}"
        fail_scope(plan, change, scope_of(path), reason, path)
        return True
    if chosen is None:
        return False
    target, why = chosen
    options = tuple(dict.fromkeys([*(route.to for route in node.routes), END]))
    change.add(e.RouteTaken(path, options, target, why))
    follow(plan, change, path, target)
    return True


def withdraw(plan: Plan, change: Change, command: c.WithdrawApproval) -> None:
    """Take the question back. Without a route for `withdrawn` the run is cancelled."""
    approval = require_pending(change.state, command.approval)
    step = change.state.steps[approval.path]
    change.add(
        e.ApprovalWithdrawn(approval.id, step.path, command.by, command.comment),
        step.seq,
    )
    reason = f"{command.by.name} withdrew {step.path}"
    leave_or_cancel(plan, change, step, "withdrawn", reason)


def gate_of(plan: Plan, step: StepState) -> Approval:
    """The rules of what a step asks. Raises CommandRefused where it asks nothing."""
    return _rules(plan, step, step.offer)


def _rules(plan: Plan, step: StepState, offer: Offer | None) -> Approval:
    gate = plan.steps[step.step].do
    if isinstance(gate, Approval):
        return gate
    if offer is not None:
        return GATE
    if is_asking_more(plan, step):
        return gate_for_more(plan)
    raise CommandRefused(f"{step.path} is not a gate")


def require_approver(gate: Approval, approval: ApprovalState, by: Actor) -> None:
    """Refuse whoever may not decide, and a second decision by the same person."""
    names = {by.name, *(f"role:{role}" for role in by.roles)}
    approvers = approvers_of(gate, approval)
    if approvers and not names.intersection(approvers):
        allowed = ", ".join(approvers)
        raise CommandRefused(f"{by.name} may not decide this; {allowed} may")
    if any(decision.by.name == by.name for decision in approval.decisions):
        raise CommandRefused(
            f"{by.name} has already decided; {gate.required} different people must"
        )


def approvers_of(gate: Approval, approval: ApprovalState) -> tuple[str, ...]:
    """Who may decide now: those of the gate, and of its escalation; empty: anyone."""
    return widened(gate.approvers, approval.approvers)


def widened(approvers: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*approvers, *more))) if approvers else ()


def editable(gate: Approval) -> str | None:
    """The name of what may be edited at this gate."""
    if gate.required > 1:
        return None
    return gate.edit or next(iter(gate.show), None)


def leave_or_cancel(
    plan: Plan, change: Change, step: StepState, choice: str, reason: str
) -> None:
    """Go where a route for this choice leads; else what the gate stands in ends.

    Nobody is named for that: who withdrew the question is named where they did.
    """
    try:
        chosen = choose(plan, change, step.path, choice, named=True)
    except TemplateError as error:
        words = f"the route of {step.step}: {error}"
        fail_scope(plan, change, scope_of(step.path), words, step.path)
        return
    if chosen is not None:
        leave(plan, change, step, choice, chosen[0])
        return
    cancel_scope(plan, change, scope_of(step.path), reason)


def leave(
    plan: Plan, change: Change, step: StepState, choice: str, target: str
) -> None:
    output = {"choice": choice, "comment": "", "reason": "", "by": "", "inputs": {}}
    change.add(e.StepSucceeded(step.path, step.attempt, output))
    options = tuple(dict.fromkeys([*(r.to for r in plan.node(step.step).routes), END]))
    if target not in options:
        options = (target, *options)
    change.add(e.RouteTaken(step.path, options, target, choice))
    scope = scope_of(step.path)
    if target != END:
        enter(plan, change, target, scope)
    change.scopes[scope] = None


def _output(choice: str, decision: Decision) -> dict[str, Json]:
    return {
        "choice": choice,
        "comment": decision.comment,
        "reason": decision.reason,
        "by": decision.by.name,
        "at": decision.at,
        "inputs": decision.inputs,
        "edited": decision.edit is not None,
    }


def require_pending(state: RunState, approval_id: str) -> ApprovalState:
    approval = state.approvals.get(approval_id)
    if approval is None:
        raise CommandRefused(f"run {state.id} asks nothing by the id {approval_id}")
    if approval.status is not ApprovalStatus.PENDING:
        by = " and ".join(d.by.name for d in approval.decisions)
        whom = f" by {by}" if by else ""
        raise CommandRefused(f"{approval_id} is already {approval.status}{whom}")
    return approval


def _require_in_time(gate: Approval, approval: ApprovalState, now: float) -> None:
    """The deadline holds also where no runner was awake to keep it."""
    if approval.deadline is None or gate.on_timeout == "remind":
        return
    if now >= approval.deadline:
        raise CommandRefused(
            f"{approval.id} could be decided until {age(now - approval.deadline)} ago;"
            f" now its `on_timeout: {gate.on_timeout}` holds"
        )


def _require_choice(gate: Approval, name: str) -> Choice:
    for choice in gate.choices:
        if choice.name == name:
            return choice
    known = ", ".join(choice.name for choice in gate.choices)
    raise CommandRefused(f"`{name}` is not a choice here; the choices are {known}")


def _check_edit(
    plan: Plan,
    state: RunState,
    scope: str,
    gate: Approval,
    choice: Choice,
    command: c.DecideApproval,
) -> None:
    edit = command.edit
    if edit is None:
        return
    if not choice.approves:
        raise CommandRefused(f"an edited draft can be approved, not `{choice.name}`")
    if edit.name != editable(gate):
        raise CommandRefused(f"`{edit.name}` can't be edited at this gate")
    what, _, name = edit.name.partition(".")
    path = state.seen_from(scope, name)
    if what not in ("artifacts", "outputs") or path is None:
        raise CommandRefused(f"`{edit.name}` is not a draft a step has left")
    done = state.steps[path]
    if done.approval or (what == "artifacts") is not done.artifact:
        raise CommandRefused(
            f"`{edit.name}` is not a draft: only `artifacts.` of a document and"
            " `outputs.` of a step that made neither a document nor a decision are"
        )
    if what == "outputs":
        _check_output(plan.steps[name], edit.text)


def _check_output(step: Step, text: str) -> None:
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidValues([f"the edited text is not JSON: {error}"]) from None
    except RecursionError:
        raise InvalidValues(["the edited text is nested too deeply"]) from None
    if step.output:
        if not isinstance(value, dict):
            raise InvalidValues(["the edited text must be a JSON object"])
        accept(step.output, value, noun="output")
