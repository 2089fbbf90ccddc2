"""The gate in front of a step whose question has been answered before: its rules.

A step that says `reuse: ask` offers the answer that is kept. Who takes it lets the step
leave that; who does not lets the model be asked.
"""

from __future__ import annotations

from engine.definition.kinds import Approval, Choice
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.state import (
    ApprovalStatus,
    Decision,
    Offer,
    RunState,
    StepState,
)

TAKE, AGAIN = "approve", "again"
GATE = Approval(
    title="",
    choices=(
        Choice(name=TAKE, title="take it", approves=True),
        Choice(name=AGAIN, title="ask again", approves=True),
    ),
    risk="low",
)


def answer(change: Change, step: StepState, offer: Offer, decision: Decision) -> bool:
    """Let the step leave what was offered, or ask; True when it has left it."""
    if decision.choice == AGAIN:
        change.add(e.StepResumed(step.path, decision.by), step.seq)
        return False
    change.add(
        e.StepSucceeded(
            step.path,
            step.attempt,
            offer.output,
            asked=offer.asked,
            earlier=offer.earlier,
        )
    )
    return True


def wants_its_own(state: RunState, path: str) -> bool:
    """Whether a person has said that this step shall ask, whatever is kept."""
    return any(
        decision.choice == AGAIN
        for approval in state.approvals.values()
        if approval.path == path and approval.status is ApprovalStatus.APPROVED
        for decision in approval.decisions
    )
