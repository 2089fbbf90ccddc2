"""What the bad end of an attempt means: another one, a question, or the step's end."""

from __future__ import annotations

from engine.definition.model import Retry
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.ends import fail_step
from engine.machine.falling_back import next_fallback
from engine.machine.held_up import held_up_by
from engine.machine.places import RUN, is_undo
from engine.machine.plan import Plan
from engine.machine.putting import CONTEXT, is_put_off
from engine.machine.retry import delay, is_tried_again
from engine.machine.state import Actor, Failure, StepState, StepStatus, Usage


def retry_of(plan: Plan, step: StepState) -> Retry:
    """How a step is tried again. One that is not of the workflow's is not.

    Looking up what the first steps read is for several: the most patient says it.
    """
    if step.step == CONTEXT:
        users = plan.needs.users_of_first
        each = (plan.steps[user].retry for user in users if user in plan.steps)
        return max(each, key=lambda retry: retry.attempts, default=Retry())
    known = plan.steps.get(step.step)
    return known.retry if known else Retry()


def fail_attempt(
    plan: Plan,
    change: Change,
    step: StepState,
    failure: Failure,
    usage: Usage | None = None,
) -> None:
    """Its newest attempt has failed: `retry` says whether another follows, and when."""
    if is_put_off(step.path):
        fail_lookup(plan, change, step, failure)
        return
    retry = retry_of(plan, step)
    last = step.failures + 1 >= retry.attempts or not is_tried_again(retry, failure)
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
    wait = delay(retry, step.failures, failure, f"{change.state.id}/{step.path}")
    again = change.now + wait
    change.add(
        e.StepRetrying(step.path, step.attempt, failure, again, usage=usage), step.seq
    )


def fail_lookup(
    plan: Plan,
    change: Change,
    lookup: StepState,
    failure: Failure,
    by: Actor | None = None,
) -> None:
    """Context could not be looked up: that is a failure of each step which needs it.

    Their `retry` and `on_error` hold for it; then it is looked up anew.
    """
    failed = e.StepFailed(lookup.path, lookup.attempt, failure, by=by, handled=True)
    waiting = held_up_by(change.state, lookup)
    change.add(failed, lookup.seq)
    for path in waiting:
        step = change.state.steps[path]
        if step.status is StepStatus.WAITING:  # else it ended with one before it
            fail_attempt(plan, change, step, failure)
    change.scopes[RUN] = None
