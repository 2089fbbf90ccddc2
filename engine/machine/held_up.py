"""Steps that wait for context which was put off, and the lookups that they wait for."""

from __future__ import annotations

from collections.abc import Iterator

from engine.machine.places import RUN, path_of
from engine.machine.plan import Plan
from engine.machine.putting import CONTEXT, is_put_off
from engine.machine.state import (
    ContextAwaited,
    Json,
    RunState,
    StepState,
    StepStatus,
)


def held_up(state: RunState) -> list[tuple[StepState, ContextAwaited]]:
    """The steps that wait for context, and for what of it."""
    return [
        (step, step.awaits)
        for step in state.active
        if step.status is StepStatus.WAITING and isinstance(step.awaits, ContextAwaited)
    ]


def held_up_by(state: RunState, lookup: StepState) -> list[str]:
    """The paths of the steps that wait for something that a step looks up."""
    names = {*(lookup.looks_up or ())}
    return [
        step.path
        for step, awaits in held_up(state)
        if not names.isdisjoint(awaits.names)
    ]


def lookups(state: RunState) -> list[StepState]:
    """The steps that look up what was put off, as far as they have not ended."""
    return [state.steps[path] for path in state.live.get(RUN, ()) if is_put_off(path)]


def found(plan: Plan, state: RunState) -> set[str]:
    """The names of the context that have been looked up, whatever came of it."""
    names = {*provenance(state)}
    for lookup in context_steps(state):
        if lookup.status is StepStatus.SUCCEEDED:
            names.update(lookup.looks_up or ())
            if lookup.looks_up is None and not names:  # an early Weir found all at once
                names.update(plan.workflow.context)
    return names & plan.workflow.context.keys()


def provenance(state: RunState) -> dict[str, Json]:
    """Where each value of the context is from that was looked up, by its name."""
    told: dict[str, Json] = {}
    for lookup in context_steps(state):
        if lookup.status is StepStatus.SUCCEEDED:
            told |= lookup.output.get("provenance") or {}
    return told


def context_steps(state: RunState) -> Iterator[StepState]:
    """Whatever has looked up context, or is to: the first before all other steps."""
    newest = state.newest(CONTEXT)
    for visit in range(1, newest.visit + 1 if newest else 0):
        step = state.steps.get(path_of(CONTEXT, visit))
        if step is not None:
            yield step
