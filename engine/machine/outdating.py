"""Going back where steps have `needs`: what depends on a step is outdated.

It is done again, each of it when what it needs has been. The rest of the list is kept:
what was done there counts, what is at work stays at work, and what had been ended with
the list goes on. An answer that depended on the step is asked for anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.advance import all_done, enter
from engine.machine.change import Change
from engine.machine.ends import cancel_active, is_over
from engine.machine.failing import ended_by, why_not
from engine.machine.places import RUN, arm_of, path_of, scope_of
from engine.machine.plan import Plan
from engine.machine.retrying import again, revive
from engine.machine.state import RunState, StepState, StepStatus
from engine.machine.undone import is_done


def go_back_in_graph(
    plan: Plan, change: Change, step: StepState, command: c.GoBack, reason: str
) -> None:
    """Come to a step again; what depends on it, and is at work, is ended."""
    state, scope = change.state, scope_of(step.path)
    ids = depending(plan, step.step)
    _require_ended_by(plan, state, scope, ids)
    _require_needs(plan, state, step)
    _require_visits(plan, state, scope, ids)
    if state.ended or is_over(change, scope):
        revive(plan, change, step.path, command.by, back=True)
    ended = tuple(_newest(change.state, scope, ids))
    cancel_active(change, scope, reason, within=frozenset(ended))
    to = path_of(step.step, step.visit + 1, scope)
    change.add(e.WentBack(to, command.by, command.comment, ended), step.seq)
    enter(plan, change, step.step, scope)
    _go_on_beside(plan, change, scope, command)
    change.scopes[scope] = None


def depending(plan: Plan, step: str) -> frozenset[str]:
    """A step, and all that can't begin before it is done."""
    found: set[str] = set()
    waiting = [step]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += plan.node(each).dependents
    return frozenset(found)


def _newest(state: RunState, scope: str, ids: frozenset[str]) -> Iterator[str]:
    """The visits that count of these steps, in the order they were come to."""
    for step in state.steps.values():
        newest = step.step in ids and state.newest(step.step, scope) is step
        if newest and not step.outdated:
            yield step.path


def _require_needs(plan: Plan, state: RunState, step: StepState) -> None:
    for need in plan.node(step.step).needs:
        newest = state.newest(need, scope_of(step.path))
        if newest is None or not is_done(state, newest):
            raise CommandRefused(
                f"{step.path} needs {need}, which is not done;"
                f" the run comes to {step.step} when it is"
            )


def _require_visits(
    plan: Plan, state: RunState, scope: str, ids: frozenset[str]
) -> None:
    for each in plan.steps:
        newest = state.newest(each, scope) if each in ids else None
        most = plan.steps[each].max_visits
        if newest is not None and newest.visit >= most:
            raise CommandRefused(f"{each} was visited {most} times, its max_visits")


def _require_ended_by(
    plan: Plan, state: RunState, scope: str, ids: frozenset[str]
) -> None:
    """Refuse where the list has ended by something that is not done again."""
    if scope == RUN:
        failed = state.ended and not state.kind
    else:
        container, key = arm_of(scope)
        arms = state.steps[container].arms or {}
        failed = arms[key].status is StepStatus.FAILED
    if failed:
        cause = ended_by(plan, state, scope)
        if cause is None or cause.step not in ids:
            raise CommandRefused(why_not(plan, state, scope))


def _go_on_beside(plan: Plan, change: Change, scope: str, command: c.GoBack) -> None:
    """Let go on what had been ended with the list, and does not depend on the step."""
    cause = change.state.seq
    for step in [*change.state.steps.values()]:
        newest = change.state.newest(step.step, scope) is step
        cut = step.status is StepStatus.CANCELLED and not step.outdated
        known = step.step in plan.graph.nodes  # not what looked up context
        if newest and cut and known and all_done(plan, change, step.step, scope):
            again(plan, change, step, command.by, cause)
