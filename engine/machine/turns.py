"""What a model with tools has asked for in the turns before, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from engine.definition.kinds import Approval
from engine.definition.model import Calls, Step
from engine.machine.leaving import left_by
from engine.machine.places import arm_scope, scope_of
from engine.machine.plan import Plan
from engine.machine.state import (
    ApprovalStatus,
    Decision,
    RunState,
    StepState,
    StepStatus,
)

Json = Any

TURN = {"calls", "wrong", "said", "left"}
MOST_TEXT = 100_000  # characters of what one call is answered with


def is_turn(output: Json) -> bool:
    """Whether it is what a step has left whose model may call tools."""
    return isinstance(output, dict) and output.keys() == TURN


def turn_in_words(output: dict[str, Json]) -> str:
    """The calls of a turn, or the answer at last."""
    calls = [
        f"{call['tool']} {json.dumps(call['arguments'])}" for call in output["calls"]
    ]
    calls += [f"{call['tool']} (wrongly)" for call in output["wrong"]]
    if calls:
        return f"asks for {', '.join(calls)}"
    return json.dumps(output["left"], ensure_ascii=False)


class Called(Struct, frozen=True):
    """A call as the model asked for it, and the text that it is told of it."""

    id: str
    tool: str
    arguments: str  # JSON
    result: str


class Turn(Struct, frozen=True):
    said: str
    calls: tuple[Called, ...]


def turns_before(plan: Plan, state: RunState, path: str) -> tuple[Turn, ...]:
    """The turns of a conversation that came before the attempt at this path."""
    scope, asks = scope_of(path), state.steps[path].step
    here = (s for s in state.steps.values() if scope_of(s.path) == scope)
    turns: list[Turn] = []
    asked: StepState | None = None
    for step in sorted(here, key=lambda step: step.position):
        if step.path == path:
            break
        if step.step == asks and step.status is StepStatus.SUCCEEDED:
            asked = step
        elif asked is not None and isinstance(plan.steps[step.step].do, Calls):
            turns.append(
                Turn(asked.output["said"], (*_calls(plan, state, asked, step),))
            )
            asked = None
    return tuple(turns)


def _calls(
    plan: Plan, state: RunState, asked: StepState, calls: StepState
) -> Iterator[Called]:
    for wrong in asked.output["wrong"]:
        yield Called(wrong["id"], wrong["tool"], wrong["arguments"], wrong["why"])
    for key, arm in (calls.arms or {}).items():
        call = arm.value
        arguments = json.dumps(call["arguments"], ensure_ascii=False)
        result = _result(plan, state, calls, key)
        yield Called(call["id"], call["tool"], arguments, result)


def _result(plan: Plan, state: RunState, calls: StepState, key: str) -> str:
    """What the model is told: what the call left, who would not have it, or why not."""
    scope = arm_scope(calls.path, key)
    arm = (calls.arms or {})[key]
    inside = [s for s in state.steps.values() if scope_of(s.path) == scope]
    if arm.status is StepStatus.SUCCEEDED and inside:
        return _left(plan, state, inside[-1])
    for step in inside:
        approval = state.approvals.get(step.approval)
        if approval is not None and approval.status is ApprovalStatus.REJECTED:
            no = approval.decisions[-1]
            said = "; ".join(words_of(plan.steps[step.step], no))
            told = f": {said}" if said else ""
            return f"This was not done. {no.by.name} answered `{no.choice}`{told}"
    failed = next((s.error for s in reversed(inside) if s.error is not None), None)
    why = failed.message if failed else arm.reason or arm.status.value
    return f"This was not done, or failed: {why}"


def words_of(gate: Step, no: Decision) -> Iterator[str]:
    """The reason that was taken, and what was written besides."""
    assert isinstance(gate.do, Approval)
    reason = gate.do.reasons.get(no.reason, "")
    if reason and reason != no.comment:
        yield reason
    if no.comment:
        yield no.comment


def _left(plan: Plan, state: RunState, step: StepState) -> str:
    if step.status is StepStatus.SKIPPED:
        return f"This was not done: {step.reason}"
    output = left_by(plan, state, step)
    text = output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)
    if len(text) <= MOST_TEXT:
        return text
    return f"{text[:MOST_TEXT]}\n(cut here: it has {len(text)} characters)"
