"""What the arms of a step have left: for the steps after it, and for each other."""

from __future__ import annotations

import json
from typing import Any

from engine.definition.model import Branch, Parallel, Turns
from engine.machine.places import arm_scope
from engine.machine.plan import Plan
from engine.machine.state import RunState, StepState, StepStatus

Json = Any

MOST_TEXT = 20_000  # characters of a summary
_SAID = ("text", "stdout", "comment", "message")  # where an output says it in words


def left_by(plan: Plan, state: RunState, step: StepState) -> Json:
    """What a step has left: its own output, or what its arms have."""
    if step.arms is None or step.output is not None:  # the last answer, or an edit
        return step.output
    return arms_left(plan, state, step)


def arms_left(plan: Plan, state: RunState, step: StepState) -> Json:
    """The output of a step that holds steps: by branch, or a list in the items' order.

    Each arm says its `status`, its steps' `outputs`, its `summary` and the `error` that
    ended it; that of an item also its `key` and the `item`.
    """
    if isinstance(plan.steps[step.step].do, Parallel):
        return branches_left(plan, state, step)
    return [
        {"key": key, "item": arm.value, **_left(plan, state, step, key, None)}
        for key, arm in (step.arms or {}).items()
    ]


def answered(state: RunState, step: StepState, turns: Turns) -> Json:
    """What a model has said at last that was asked in turns."""
    scope = arm_scope(step.path, next(iter(step.arms or {})))
    asked = state.newest(turns.asks, scope)
    return asked.output["left"] if asked is not None and asked.output else None


def branches_left(plan: Plan, state: RunState, step: StepState) -> dict[str, Json]:
    """Where each branch of a parallel step stands, also while it is at work."""
    parallel = plan.steps[step.step].do
    assert isinstance(parallel, Parallel)
    return {b.id: _left(plan, state, step, b.id, b) for b in parallel.branches}


def _left(
    plan: Plan, state: RunState, step: StepState, key: str, branch: Branch | None
) -> dict[str, Json]:
    assert step.arms is not None
    arm = step.arms[key]
    scope = arm_scope(step.path, key)
    done = [state.steps[path] for path in state.finished.get(scope, {}).values()]
    return {
        "status": arm.status.value,
        "outputs": {each.step: left_by(plan, state, each) for each in done},
        "summary": _summary(plan, state, done, branch),
        "error": arm.reason if arm.status is not StepStatus.SUCCEEDED else "",
    }


def _summary(
    plan: Plan, state: RunState, done: list[StepState], branch: Branch | None
) -> str:
    """The text of the step that is named for it, or the texts of all in order."""
    wanted = branch.summary if branch else None
    named = (each for each in done if wanted in (None, each.step))
    texts = [_text_of(plan, state, each) for each in named]
    return "\n\n".join(text for text in texts if text)[:MOST_TEXT]


def _text_of(plan: Plan, state: RunState, step: StepState) -> str:
    """Of a step that holds steps: the summaries of its arms."""
    if step.arms is None or step.output is not None:
        return text_of(step)
    left = arms_left(plan, state, step)
    arms = left.values() if isinstance(left, dict) else left
    return "\n\n".join(arm["summary"] for arm in arms if arm["summary"])


def text_of(step: StepState) -> str:
    """What a step has left, in words: its text, a decision, or JSON."""
    output = step.output
    if isinstance(output, str):
        return output.strip()
    if isinstance(output, dict):
        if step.approval:
            said = f": {output['comment']}" if output.get("comment") else ""
            return f"{output['choice']} by {output['by']}{said}"
        for name in _SAID:
            if isinstance(output.get(name), str):
                return str(output[name]).strip()
    return "" if output is None else json.dumps(output, ensure_ascii=False)
