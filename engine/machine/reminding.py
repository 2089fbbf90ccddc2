"""When a gate that nobody answers is told of again.

Two keys say so and mean one thing: `remind`, beside whatever the gate's `timeout` leads
to, and `on_timeout: remind`, which lets the timeout itself begin anew for ever.
"""

from __future__ import annotations

from engine.definition.kinds import Approval, Remind
from engine.machine import events as e
from engine.machine.state import ApprovalState


def first_reminder(gate: Approval, now: float) -> float | None:
    return now + gate.remind.after if gate.remind else None


def next_reminder(
    gate: Approval, approval: ApprovalState, now: float
) -> e.ApprovalReminded:
    """The word that is due, with when the next one is: those missed are not made up."""
    deadline, remind_at = approval.deadline, None
    if gate.on_timeout == "remind" and gate.timeout is not None:
        deadline = now + gate.timeout
    elif gate.remind is not None:
        remind_at = _after(gate.remind, approval.reminders + 1, now)
    return e.ApprovalReminded(approval.id, approval.path, deadline, remind_at)


def _after(remind: Remind, told: int, now: float) -> float | None:
    """When it is told of again, once it has been told of so often."""
    if remind.every is None or (remind.at_most is not None and told >= remind.at_most):
        return None
    return now + remind.every
