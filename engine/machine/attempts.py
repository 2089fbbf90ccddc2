"""What the bad end of an attempt means: another one, a question, or the step's end."""

from __future__ import annotations

from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.ends import fail_step
from engine.machine.falling_back import next_fallback
from engine.machine.places import is_undo
from engine.machine.plan import Plan
from engine.machine.retry import delay, is_tried_again
from engine.machine.state import Failure, StepState, Usage


def fail_attempt(
    plan: Plan,
    change: Change,
    step: StepState,
    failure: Failure,
    usage: Usage | None = None,
) -> None:
    """Its newest attempt has failed: `retry` says whether another follows, and when."""
    known = plan.steps.get(step.step)
    last = (
        known is None
        or step.failures + 1 >= known.retry.attempts
        or not is_tried_again(known.retry, failure)
    )
    number = next_fallback(plan, change.state, step, failure) if last else 0
    if number:
        asks_next = e.StepRetrying(
            step.path,
            step.attempt,
            failure,
            change.now,
            usage=usage,
            fallback=number,
        )
        change.add(asks_next, step.seq)
        change.add(e.StepResumed(step.path))
        return
    if last and is_undo(step.path):
        asks = e.StepInterrupted(step.path, step.attempt, failure.message)
        change.add(asks, step.seq)
        return
    if last:
        fail_step(plan, change, step.path, step.attempt, failure, usage=usage)
        return
    assert known is not None
    wait = delay(known.retry, step.failures, failure, f"{change.state.id}/{step.path}")
    again = change.now + wait
    change.add(
        e.StepRetrying(step.path, step.attempt, failure, again, usage=usage), step.seq
    )
