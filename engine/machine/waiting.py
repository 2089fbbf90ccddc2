"""A step that waits: for a time, or for what comes before it or never does."""

from __future__ import annotations

from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.advance import advance
from engine.machine.attempts import fail_attempt
from engine.machine.change import Change
from engine.machine.plan import Plan
from engine.machine.requiring import require_attempt
from engine.machine.state import (
    Awaited,
    ContextAwaited,
    DecisionAwaited,
    Failure,
    FileAwaited,
    RunState,
    StepState,
    StepStatus,
    ValuesAwaited,
)
from engine.spans import age


def begin_wait(change: Change, command: c.BeginWait) -> None:
    step = require_attempt(change.state, command)
    change.add(
        e.StepWaiting(command.path, command.attempt, command.until, command.awaits),
        step.seq,
    )


def end_wait(plan: Plan, change: Change, step: StepState) -> None:
    """The time of a wait has come: its end or, where it waits for more, its failure."""
    if step.awaits is None:
        output = {"until": step.wake_at}
        change.add(e.StepSucceeded(step.path, step.attempt, output), step.seq)
        advance(plan, change, step.path)
        return
    waited = age(change.now - (step.started_at or change.now))
    failure = Failure("timeout", f"waited {waited} for {words_of(step.awaits)}")
    fail_attempt(plan, change, step, failure)


def report_awaited(plan: Plan, change: Change, command: c.ReportAwaited) -> None:
    """What a step waits for is there, or can't come any more."""
    step = change.state.steps.get(command.path)
    waits = step is not None and step.status is StepStatus.WAITING
    if step is None or not waits or step.awaits is None:
        raise CommandRefused(f"{command.path} waits for nothing; the word came late")
    if step.attempt != command.attempt:
        raise CommandRefused(
            f"attempt {command.attempt} of {command.path} is over: it waits in attempt"
            f" {step.attempt}"
        )
    if isinstance(step.awaits, ContextAwaited):
        raise CommandRefused(f"{step.path} waits for {words_of(step.awaits)} alone")
    if isinstance(step.awaits, ValuesAwaited):
        change.add(e.StepResumed(step.path), step.seq)  # what it lacked may be there
        return
    if command.failure is not None:
        fail_attempt(plan, change, step, command.failure)
        return
    change.add(e.StepSucceeded(step.path, step.attempt, command.output), step.seq)
    advance(plan, change, step.path)


def lacking(state: RunState) -> list[tuple[StepState, ValuesAwaited]]:
    """The steps that wait for values which a person gives, and what they wait for."""
    return [
        (step, step.awaits)
        for step in state.active
        if step.status is StepStatus.WAITING and isinstance(step.awaits, ValuesAwaited)
    ]


def values_of(number: int, *, found: bool) -> str:
    """What is wanted: `another value` where one was found that does not fit."""
    if number == 1:
        return "another value" if found else "a value"
    return "other values" if found else "values"


def words_of(awaited: Awaited) -> str:
    """What is waited for, as it stands in a sentence."""
    match awaited:
        case FileAwaited(path, pattern):
            return f"a file that fits {path}" if pattern else f"the file {path}"
        case DecisionAwaited(run, step):
            return f"the decision at {step} of run {run}"
        case ValuesAwaited(names, unfit=unfit):
            what = values_of(len(names), found=unfit.keys() >= {*names})
            return f"{what} of {', '.join(names)}"
        case ContextAwaited(names):
            return f"{', '.join(names)} of its context, which is looked up"
