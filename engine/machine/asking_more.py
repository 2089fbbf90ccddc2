"""The gate in front of a step whose run has spent what it may: rules and meaning.

An `llm` step that would spend more than its budget asks, as a gate does. A yes says
how much more, and the step is ready again; a no fails it.
"""

from __future__ import annotations

from engine.definition.kinds import Approval, Choice, Llm
from engine.definition.typed import Field
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.ends import fail_step
from engine.machine.plan import Plan
from engine.machine.state import Decision, Failure, StepState

AMOUNT = "amount"
LEAST = 0.0001  # US dollars


def is_asking_more(plan: Plan, step: StepState) -> bool:
    """Whether what a step asks is for more to spend: it is no gate itself."""
    known = plan.steps.get(step.step)
    return known is not None and isinstance(known.do, Llm)


def gate_for_more(plan: Plan) -> Approval:
    """Who may decide is anyone here; what is approved is said with the amount."""
    budget = plan.workflow.budget
    more = budget.more if budget is not None else None
    amount = Field(
        type="number",
        description="how much more may be spent, in US dollars",
        minimum=LEAST,
        has_default=more is not None,
        default=more,
    )
    choices = (Choice(name="approve", approves=True), Choice(name="reject"))
    return Approval(title="", choices=choices, form={AMOUNT: amount})


def answer(
    plan: Plan, change: Change, step: StepState, decision: Decision, *, approved: bool
) -> None:
    """Let the step go on with more, or end it."""
    if approved:
        change.add(e.StepResumed(step.path, decision.by), step.seq)
        return
    said = f": {decision.comment}" if decision.comment else ""
    words = f"{decision.by.name} let nothing more be spent{said}"
    failure = Failure("limit", words, retryable=False)
    fail_step(plan, change, step.path, step.attempt, failure)
