"""What has become of a gate of another run."""

from __future__ import annotations

from typing import Any

from engine.definition.kinds import Approval
from engine.definition.model import ForEach, Turns, Workflow, all_steps, every_step
from engine.definition.words import among, did_you_mean
from engine.errors import NotFound
from engine.handle import Engine
from engine.machine.places import id_of, scope_of
from engine.machine.state import (
    DecisionAwaited,
    Failure,
    RunState,
    StepState,
    StepStatus,
)
from engine.machine.undone import is_passed

Json = Any

ANSWER = ("choice", "comment", "by")
_OVER = (StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED)


def answer(
    engine: Engine, awaited: DecisionAwaited, since: float
) -> dict[str, Json] | Failure | None:
    """The decision, why there can't be one, or None while there may yet be one.

    What was decided before the gate was asked again counts if it was after `since`. So
    does what the run has gone back over since: the gate is asked anew.
    """
    try:
        state = engine.load(awaited.run)
    except NotFound as error:
        return Failure("missing", str(error), retryable=False)
    workflow = engine.plan_of(state).workflow
    wrong = no_gate(workflow, awaited)
    if wrong:
        return Failure("missing", wrong, retryable=False)
    visits = visits_of(state, awaited.step)
    gate = visits[0] if visits else None
    for visit in visits:
        counts = visit is gate and not is_passed(state, visit.path)
        late = counts or (visit.ended_at or 0.0) >= since
        if visit.status is StepStatus.SUCCEEDED and late:
            return answered(state, visit)
    if not state.ended and not (gate and _is_over(state, gate)):
        return None
    stands = f"it is {gate.status}" if gate else "it was not come to"
    ended = f", and the run has ended: {state.status}" if state.ended else ""
    return nobody(awaited.run, awaited.step, f"{stands}{ended}")


def _is_over(state: RunState, gate: StepState) -> bool:
    return gate.status in _OVER and not is_passed(state, gate.path)


def answered(state: RunState, gate: StepState) -> dict[str, Json] | Failure:
    """What a gate has left, if a person has decided: silence is no answer here."""
    said = gate.output if isinstance(gate.output, dict) else {}
    if not said.get("by"):
        stands = f"it is {said.get('choice') or 'marked as done'}"
        return nobody(state.id, gate.path, stands)
    return {name: said.get(name, "") for name in ANSWER}


def nobody(run: str, step: str, stands: str) -> Failure:
    words = f"nobody has decided at {step} of run {run}: {stands}"
    return Failure("expired", words, retryable=False)


def no_gate(workflow: Workflow, awaited: DecisionAwaited) -> str:
    """Why a run of this workflow has no such gate; "" when it has."""
    step = id_of(awaited.step)
    gates = [s.id for s in all_steps(workflow) if isinstance(s.do, Approval)]
    if step not in gates:
        near = did_you_mean(step, gates, f"its gates are {among(gates) or 'none'}")
        return f"run {awaited.run} of {workflow.name} has no gate `{step}`; {near}"
    if step == awaited.step and step in in_loops(workflow):
        return (
            f"`{step}` of run {awaited.run} is asked in each turn of a loop; name its"
            f" place, as `weir show {awaited.run}` does"
        )
    return ""


def in_loops(workflow: Workflow) -> set[str]:
    """The ids of the steps that stand in a loop, at any depth."""
    return {
        inner.id
        for step in all_steps(workflow)
        if isinstance(step.do, (ForEach, Turns))
        for inner in every_step(step.do.steps)
    }


def visits_of(state: RunState, name: str) -> list[StepState]:
    """The visits of the step of this id, or at this place, the newest first."""
    place = name.partition("#")[0]
    return [
        step
        for step in reversed(state.steps.values())
        if place in (step.step, scope_of(step.path) + step.step)
    ]
