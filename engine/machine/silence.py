"""What the clock says of a gate that nobody answers: a word to someone, or its end."""

from __future__ import annotations

from engine.definition.kinds import Approval, Escalate
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.ends import fail_step
from engine.machine.gate import gate_of, leave, leave_or_cancel, require_pending
from engine.machine.plan import Plan
from engine.machine.reminding import next_reminder
from engine.machine.state import ApprovalState, Failure, StepState


def time_has_come(plan: Plan, change: Change, step: StepState) -> None:
    """A time of a gate has come: its end, or a word to someone. None approves."""
    approval = require_pending(change.state, step.approval)
    gate = gate_of(plan, step)
    if _is_over(approval, change.now) and gate.on_timeout != "remind":
        _expire(plan, change, step, approval, gate.on_timeout or "expire")
    elif approval.escalate_at is not None and approval.escalate_at <= change.now:
        _escalate(change, step, approval, gate)
    else:
        change.add(next_reminder(gate, approval, change.now), step.seq)


def _is_over(approval: ApprovalState, now: float) -> bool:
    return approval.deadline is not None and approval.deadline <= now


def _escalate(
    change: Change, step: StepState, approval: ApprovalState, gate: Approval
) -> None:
    says = gate.escalate or Escalate(after=0.0)  # the version adopted may say none
    change.add(
        e.ApprovalEscalated(approval.id, step.path, says.to, says.approvers), step.seq
    )


def _expire(
    plan: Plan, change: Change, step: StepState, approval: ApprovalState, then: str
) -> None:
    """What `on_timeout` says, which is never an approval."""
    change.add(e.ApprovalExpired(approval.id, step.path, then), step.seq)
    reason = f"nobody decided on {step.path} in time"
    if then == "fail":
        failure = Failure("expired", reason, retryable=False)
        fail_step(plan, change, step.path, step.attempt, failure)
    elif then.startswith("route:"):
        leave(plan, change, step, "expired", then.removeprefix("route:"))
    else:
        leave_or_cancel(plan, change, step, "expired", reason)
