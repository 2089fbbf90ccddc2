"""What a command finds: refused in words when a run or a step stands otherwise."""

from __future__ import annotations

from typing import Any

from engine.errors import CommandRefused
from engine.machine.commands import SkipStep
from engine.machine.state import (
    RUN_ENDED,
    STEP_ENDED,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)


def require_run(state: RunState, verb: str, *statuses: RunStatus) -> None:
    if state.status in statuses:
        return
    which = " or ".join(statuses)
    raise CommandRefused(
        f"run {state.id} is {state.status}; only a {which} one can be {verb}"
    )


def require_step(state: RunState, path: str, *statuses: StepStatus) -> StepState:
    step = state.steps.get(path)
    if step is None:
        known = ", ".join(state.steps) or "none yet"
        raise CommandRefused(f"run {state.id} has no step {path}; it has {known}")
    if step.status not in statuses:
        which = " or ".join(statuses)
        raise CommandRefused(f"step {path} is {step.status}, not {which}")
    return step


def require_attempt(state: RunState, command: Any) -> StepState:
    """The step, if this word is of its newest attempt. A late one is refused."""
    if state.status in RUN_ENDED:
        raise CommandRefused(f"run {state.id} is {state.status}; the word came late")
    step = state.steps.get(command.path)
    if step is None or step.status in STEP_ENDED:
        status = step.status if step else "unknown"
        raise CommandRefused(f"step {command.path} is {status}; the word came late")
    if step.arms is not None:
        raise CommandRefused(f"{step.path} is attempted by nobody: it holds steps")
    if (step.status, step.attempt, step.runner) != (
        StepStatus.RUNNING,
        command.attempt,
        command.runner,
    ):
        raise CommandRefused(
            f"attempt {command.attempt} of {command.path} by {command.runner} is over:"
            f" it is {step.status}, attempt {step.attempt} by {step.runner}"
        )
    return step


def require_reason(command: SkipStep) -> None:
    if not command.reason.strip():
        raise CommandRefused("a skip needs a reason: it stands in the run's history")
