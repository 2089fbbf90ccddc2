"""What a template of a run may read, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from engine.definition.model import Calls, ForEach
from engine.definition.unfold import CALL
from engine.machine.leaving import branches_left, left_by
from engine.machine.places import RUN, arm_of, scopes_around
from engine.machine.plan import Plan
from engine.machine.state import RunState, StepState, StepStatus

Json = Any


def scope(plan: Plan, state: RunState, now: float, at: str = RUN) -> dict[str, Json]:
    """The names of DESIGN's section 5, without `env`, which is not ours to know.

    `at` is the scope of the step that reads: inside of an arm, what its own steps and
    those around it have left, and the item it is for. Step ids with a hyphen stand
    under both spellings: `send-gate` and `send_gate`.
    """
    moment = datetime.fromtimestamp(now, UTC)
    around = [*scopes_around(at)]
    context = state.context
    workflow = plan.workflow
    about = {"name": workflow.name, "title": workflow.title or workflow.name}
    return {
        **context,
        **_items(plan, state, around),
        "inputs": state.inputs,
        **_left(plan, state, around),
        "branches": _branches(plan, state, around),
        "run": _run(state),
        "project": {"name": state.project},
        "workflow": {**about, **context.get("workflow", {})},
        "today": moment.date(),
        "now": moment,
    }


def _run(state: RunState) -> dict[str, Json]:
    """`outcome` and `reason` are there for what is done at the end."""
    ending = state.ending
    return {
        "id": state.id,
        "started_at": _iso(state.started_at),
        "outcome": ending.outcome.value if ending else "",
        "reason": ending.reason if ending else "",
    }


def _left(plan: Plan, state: RunState, around: list[str]) -> dict[str, Json]:
    """What the steps in these scopes have left, the innermost over the outer ones."""
    outputs: dict[str, Json] = {}
    artifacts: dict[str, Json] = {}
    decisions: dict[str, Json] = {}
    for done in finished_in(state, around):
        output = left_by(plan, state, done)
        _add(outputs, done.step, output)
        if done.artifact:
            _add(artifacts, done.step, output)
        if done.approval:
            _add(decisions, done.step, output)
    for failed in _failed(state, around):
        if failed.arms is not None:  # what came off beside what did not
            _add(outputs, failed.step, left_by(plan, state, failed))
    return {
        "outputs": outputs,
        "artifacts": artifacts,
        "decisions": decisions,
        "errors": _errors(state, around),
    }


def _errors(state: RunState, around: list[str]) -> dict[str, Json]:
    """What the steps said that failed when they were last come to."""
    errors: dict[str, Json] = {}
    for step in _failed(state, around):
        if step.error:
            said = {"kind": step.error.kind, "message": step.error.message}
            _add(errors, step.step, said)
    return errors


def _failed(state: RunState, around: list[str]) -> Iterator[StepState]:
    """The steps in these scopes that failed when they were last come to."""
    for scope in around:
        for step_id, path in state.failures.get(scope, {}).items():
            step = state.steps[path]
            failed = step.status is StepStatus.FAILED and not step.outdated
            if failed and state.latest[scope + step_id] == path:
                yield step


def outputs_of(plan: Plan, state: RunState) -> dict[str, Json]:
    """What a run has left, by step: the newest success of each of its own list."""
    return {
        step.step: left_by(plan, state, step)
        for step in finished_in(state, [RUN])
        if step.step in plan.steps
    }


def finished_in(state: RunState, around: list[str]) -> list[StepState]:
    """The newest successes of the steps that stand in these scopes, in that order."""
    return [
        state.steps[path]
        for scope in around
        for path in state.finished.get(scope, {}).values()
    ]


def _items(plan: Plan, state: RunState, around: list[str]) -> dict[str, Json]:
    """The item of each turn around, by the name its loop gives it."""
    names: dict[str, Json] = {}
    for scope in around[1:]:
        path, key = arm_of(scope)
        step = state.steps[path]
        holds = plan.steps[step.step].do
        if isinstance(holds, Calls) and step.arms is not None:
            names[CALL] = step.arms[key].value
        if isinstance(holds, ForEach) and step.arms is not None:
            value, number = step.arms[key].value, list(step.arms).index(key) + 1
            names |= of_turn(holds, key, value, number, len(step.arms))
    return names


def of_turn(
    loop: ForEach, key: str, item: Json, number: int, of: int
) -> dict[str, Json]:
    """What the steps of one turn read besides what stands around the loop."""
    return {loop.name: item, "turn": {"key": key, "number": number, "of": of}}


def _branches(plan: Plan, state: RunState, around: list[str]) -> dict[str, Json]:
    """Where each branch stands that is in one of these scopes, or around them."""
    found: dict[str, Json] = {}
    for scope in around:
        for step_id in plan.parallels:
            step = state.newest(step_id, scope)
            if step is not None and step.arms is not None:
                for name, left in branches_left(plan, state, step).items():
                    _add(found, name, left)
    return found


def _add(names: dict[str, Json], step: str, value: Json) -> None:
    names[step] = value
    if "-" in step:
        names[step.replace("-", "_")] = value


@lru_cache(maxsize=1024)  # of a run it stays the same
def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
