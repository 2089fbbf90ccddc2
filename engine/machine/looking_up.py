"""Looking up what was put off of the context, once a step that needs it is ready.

The step waits, and another one looks that up. So what is found is an event like any
other, a lookup that was lost is done again, and one that finds nothing asks a person.
Steps that need the same wait for one lookup; those that need other things don't wait
for each other.
"""

from __future__ import annotations

from engine.machine import events as e
from engine.machine.advance import conclude
from engine.machine.change import Change
from engine.machine.held_up import found, held_up, held_up_by, lookups
from engine.machine.places import RUN, path_of
from engine.machine.plan import Plan
from engine.machine.putting import CONTEXT
from engine.machine.state import ContextAwaited, StepState, StepStatus

UNNEEDED = "no step needs it any more"


def look_up(plan: Plan, change: Change) -> None:
    """Let nothing be ready that lacks context, and nothing be looked up for nobody."""
    if not plan.workflow.context:
        return
    there = found(plan, change.state)
    if len(there) == len(plan.workflow.context):
        return
    for step in change.state.active:
        if step.status is StepStatus.READY:
            _hold_up(plan, change, step, there)
    _begin(change)
    if _leave_off(change):
        conclude(plan, change)
        look_up(plan, change)  # what is done at the end may have begun


def go_on(plan: Plan, change: Change) -> None:
    """Something was found: what waits for nothing else is ready."""
    there = found(plan, change.state)
    for step, awaits in held_up(change.state):
        if there.issuperset(awaits.names):
            change.add(e.StepResumed(step.path))
    change.scopes[RUN] = None


def _hold_up(plan: Plan, change: Change, step: StepState, there: set[str]) -> None:
    needed = plan.needs.by_step.get(step.step, ())
    lacking = tuple(name for name in needed if name not in there)
    if lacking:
        awaits = ContextAwaited(lacking)
        change.add(e.StepWaiting(step.path, step.attempt, None, awaits), step.seq)


def _begin(change: Change) -> None:
    """Look up what is waited for, once what is under way of it has been found."""
    under_way = {n for lookup in lookups(change.state) for n in lookup.looks_up or ()}
    for step, awaits in held_up(change.state):
        if under_way.isdisjoint(awaits.names):
            under_way.update(awaits.names)
            newest = change.state.newest(CONTEXT)
            visit = newest.visit + 1 if newest else 2  # the first is before all steps
            path = path_of(CONTEXT, visit)
            ready = e.StepReady(path, CONTEXT, visit, looks_up=awaits.names)
            change.add(ready, step.seq)


def _leave_off(change: Change) -> bool:
    """End the lookups for which nobody waits any more; whether there were any."""
    idle = [s for s in lookups(change.state) if not held_up_by(change.state, s)]
    for lookup in idle:
        change.add(e.StepCancelled(lookup.path, UNNEEDED), lookup.seq)
        change.scopes[RUN] = None
    return bool(idle)
