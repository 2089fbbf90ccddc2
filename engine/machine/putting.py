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
# The path of the step that fills the context before all others, and the id of those
# that look up later what only later steps need: `@context#2`.
CONTEXT = "@context"
ON = (StepStatus.READY, StepStatus.RUNNING, StepStatus.RETRYING)


def key(step: StepState) -> str:
    return scope_of(step.path) + step.step


def is_context(path: str) -> bool:
    """Whether it is of a step that fills the context, before all others or later."""
    return path == CONTEXT or is_put_off(path)


def told_step(path: str) -> str:
    """A step in a sentence: nobody has named the one that fills the context."""
    return "the context" if is_context(path) else path


def is_put_off(path: str) -> bool:
    """Whether it is of a step that looks up what was put off at the start."""
    return path.startswith(f"{CONTEXT}#")


def is_within(name: str, of: str) -> bool:
    """Whether a dotted name is another one, or leads into it."""
    return f"{name}.".startswith(f"{of}.")


def with_value(values: dict[str, Any], name: list[str], value: Any) -> dict[str, Any]:
    """The values with another one under a dotted name; the rest of them as they are."""
    first, *rest = name
    inner = values.get(first)
    if rest:
        value = with_value(inner if isinstance(inner, dict) else {}, rest, value)
    return {**values, first: value}


def with_values(values: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Values with others beside them, at any depth; what both have is as in `more`."""
    return values | {
        name: with_values(values[name], value)
        if isinstance(value, dict) and isinstance(values.get(name), dict)
        else value
        for name, value in more.items()
    }


def value_at(values: Any, name: str) -> Any:
    """The value of a dotted name; None when there is none."""
    for part in name.split("."):
        values = values.get(part) if isinstance(values, dict) else None
    return values


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
