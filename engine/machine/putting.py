"""Putting a changed step into a state, with all that is remembered beside the steps."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec.structs import replace

from engine.machine.places import scope_of
from engine.machine.state import (
    STEP_ACTIVE,
    ApprovalState,
    ArmState,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)

CALLED_OFF = "called_off"  # in a tally, beside the statuses
CONTEXT = "@context"  # the path of the step that builds the context
ON = (StepStatus.READY, StepStatus.RUNNING, StepStatus.RETRYING)


def key(step: StepState) -> str:
    return scope_of(step.path) + step.step


def step_with(state: RunState, path: str, **changes: Any) -> RunState:
    return put(state, replace(state.steps[path], **changes))


def put(state: RunState, step: StepState, **changes: Any) -> RunState:
    """The state with a step as it is now, and other fields of its own changed."""
    steps = changes["steps"] = {**state.steps, step.path: step}
    live = state.live
    known = state.steps.get(step.path)
    was = known is not None and known.status in STEP_ACTIVE
    if was is not (step.status in STEP_ACTIVE):
        live = changes["live"] = _live(state, step.path, not was)
    if state.status in (RunStatus.RUNNING, RunStatus.WAITING):
        changes["status"] = standing(steps, live)
    return replace(state, **changes)


def _live(state: RunState, path: str, active: bool) -> dict[str, tuple[str, ...]]:
    """What is active in each scope, with this step or without it."""
    scope = scope_of(path)
    others = state.live.get(scope, ())
    paths = (*others, path) if active else tuple(p for p in others if p != path)
    live = {**state.live, scope: paths}
    if not paths:
        del live[scope]
    return live


def standing(
    steps: dict[str, StepState], live: dict[str, tuple[str, ...]]
) -> RunStatus:
    """Waiting when all that is active waits for a person, a clock or another run.

    A step that holds steps does nothing itself.
    """
    if not live:
        return RunStatus.RUNNING
    for paths in live.values():
        for path in paths:
            step = steps[path]
            if step.status in ON and step.arms is None:
                return RunStatus.RUNNING
    return RunStatus.WAITING


def tally_of(arms: dict[str, ArmState]) -> dict[str, int]:
    count = Counter(arm.status.value for arm in arms.values())
    called_off = sum(arm.called_off for arm in arms.values())
    return {**count, **({CALLED_OFF: called_off} if called_off else {})}


def put_approval(state: RunState, approval: ApprovalState) -> RunState:
    return replace(state, approvals={**state.approvals, approval.id: approval})
