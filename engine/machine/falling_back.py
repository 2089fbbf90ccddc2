"""Who is asked instead, when nobody has answered for a model."""

from __future__ import annotations

import re

from engine.definition.kinds import Fallback, Llm
from engine.definition.model import Workflow
from engine.machine.plan import Plan
from engine.machine.state import Failure, RunState, StepState

# The other side was not reached, is busy, or has trouble of its own.
NOT_ANSWERED = re.compile(r"unanswered|status:(429|5\d\d)")


def next_fallback(
    plan: Plan, state: RunState, step: StepState, failure: Failure
) -> int:
    """The number of the fallback that follows a failure, from 1; 0 when none does.

    Where the run says who is asked, nobody else is.
    """
    known = plan.steps.get(step.step)
    if known is None or not isinstance(known.do, Llm) or state.provider:
        return 0
    passing = failure.kind == "model" and NOT_ANSWERED.fullmatch(failure.sign)
    left = step.fallback < len(fallbacks(plan.workflow, known.do))
    return step.fallback + 1 if passing and left else 0


def fallbacks(workflow: Workflow, do: Llm) -> tuple[Fallback, ...]:
    """The step's own, or else its agent's."""
    agent = workflow.agents.get(do.agent or "")
    return do.fallback or (agent.fallback if agent is not None else ())


def asked_instead(workflow: Workflow, do: Llm, number: int) -> Fallback | None:
    """Who is asked by that number; None: the one that the step names."""
    found = fallbacks(workflow, do)
    return found[number - 1] if 0 < number <= len(found) else None
