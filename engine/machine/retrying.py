"""Going on with a run that failed, from what failed in it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.failing import (
    arm_may_again,
    at_the_end,
    failed_by,
    may_again,
    why_not,
)
from engine.machine.places import (
    RUN,
    arm_of,
    arm_scope,
    around,
    scope_of,
    scopes_around,
)
from engine.machine.plan import Plan
from engine.machine.requiring import require_run
from engine.machine.safety import is_safe
from engine.machine.spent import deadline_of
from engine.machine.state import (
    Actor,
    ContextAwaited,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)

_LOST = (StepStatus.FAILED, StepStatus.CANCELLED)


def retry(plan: Plan, change: Change, command: c.RetryRun) -> None:
    """Begin what failed again, and what was ended beside it.

    In a step that holds steps these are the arms that failed, and in them their steps.
    """
    state = change.state
    if command.revive or state.kind == "timeout":
        _again_from_the_cut(plan, change, command.by)
        return
    newest = failed_by(plan, state, RUN)
    if newest is None:
        raise CommandRefused(f"no step failed: {why_not(plan, state, RUN)}")
    if not may_again(plan, state, newest):
        raise CommandRefused(why_not(plan, state, RUN))
    leaves = [*_leaves(plan, state, newest)]
    if command.step and not any(command.step in (s.path, s.step) for s in leaves):
        which = " and ".join(leaf.path for leaf in leaves) or newest.path
        raise CommandRefused(f"the step that failed is {which}")
    began = [leaf for leaf in leaves if _began(leaf) or leaf.status not in _LOST]
    if not began:  # it was a `when` that failed, and nothing has changed
        words = newest.error.message if newest.error else "its `when` failed"
        raise CommandRefused(f"{newest.path} never began: {words}; start a new run")
    goes_on(plan, change, command.by, began[0].path)
    for step in (newest, *_beside(state, newest)):
        again(plan, change, step, command.by, state.seq + 1)


def _began(step: StepState) -> bool:
    """Whether it came to an attempt, or lacked the context for one."""
    return bool(step.attempt) or isinstance(step.awaits, ContextAwaited)


def goes_on(plan: Plan, change: Change, by: Actor, path: str) -> None:
    """The run goes on, and has all of its time again."""
    change.add(e.RunRetried(by, path, deadline_of(plan, change.now)))


def revive(
    plan: Plan, change: Change, path: str, by: Actor, *, back: bool = False
) -> None:
    """Let go on what a step stands in, where that failed by it: the arms, and the run.

    `back`: the step's own list is gone on with whatever it failed by, since the run
    comes to the step again.
    """
    state = change.state
    _require_failed_by(plan, state, path, back=back)
    if state.ended:
        goes_on(plan, change, by, path)
    cause = change.state.seq
    for scope in [*scopes_around(scope_of(path))][1:]:
        container, key = arm_of(scope)
        held = change.state.steps[container]
        arm = (held.arms or {})[key]
        if arm.status is StepStatus.RUNNING:
            continue
        if held.status is StepStatus.FAILED:
            _with_those_beside(plan, change, held, by, cause)
        change.add(e.ArmReopened(container, key), cause)
        own = around(scope, path) == path
        if arm.status is StepStatus.CANCELLED and not (back and own):
            for each in _ended_with(change.state, scope, arm.ended_at):
                again(plan, change, each, by, cause)
        change.containers[container] = None
        change.scopes[scope] = None
    step = change.state.steps[path]
    if step.status is StepStatus.FAILED and not back:
        _with_those_beside(plan, change, step, by, cause)


def _require_failed_by(plan: Plan, state: RunState, path: str, *, back: bool) -> None:
    """Refuse where the run, or an arm around a step, has ended by something else."""
    scopes = [*scopes_around(scope_of(path))]
    if state.ended:
        require_run(state, "gone on with", RunStatus.FAILED)
    elif state.ending and not at_the_end(plan, state.steps[around(RUN, path)]):
        raise CommandRefused(
            f"run {state.id} has come to its end; what is done there is done in order"
        )
    for scope, inner in pairwise([*scopes, ""]):
        step = state.steps[around(scope, path)]
        own = scope == scopes[-1]
        if inner and not _may_reopen(state, inner):
            raise CommandRefused(
                f"the run has gone on from {step.path}, in which {path} stands"
            )
        if not (own and back):
            _require_by(plan, state, scope, step)
        stuck = not own and step.status is StepStatus.FAILED
        if stuck and not may_again(plan, state, step, inner):
            raise CommandRefused(why_not(plan, state, scope))


def _require_by(plan: Plan, state: RunState, scope: str, step: StepState) -> None:
    """Refuse where a scope does not stand, or has not ended, with this step of it."""
    match _standing(state, scope):
        case StepStatus.FAILED:
            if failed_by(plan, state, scope) is not step:
                raise CommandRefused(why_not(plan, state, scope))
            return
        case StepStatus.CANCELLED:
            stands = step.status is StepStatus.CANCELLED
        case standing:
            stands = standing is step.status is StepStatus.RUNNING
    newest = state.newest(step.step, scope) is step
    if not (stands and newest and step.undoing is None):
        raise CommandRefused(f"the run has gone on from {step.path}")


def _may_reopen(state: RunState, scope: str) -> bool:
    """Whether an arm is at work, or was ended before it had come to its end."""
    container, key = arm_of(scope)
    arm = (state.steps[container].arms or {})[key]
    return arm.status in (*_LOST, StepStatus.RUNNING) and not arm.called_off


def _standing(state: RunState, scope: str) -> StepStatus:
    """How a scope stands: an arm, or the run, as an arm would."""
    if scope == RUN:
        return StepStatus.FAILED if state.ended else StepStatus.RUNNING
    container, key = arm_of(scope)
    return (state.steps[container].arms or {})[key].status


def _with_those_beside(
    plan: Plan, change: Change, failed: StepState, by: Actor, cause: int
) -> None:
    for beside in [*_beside(change.state, failed)]:
        again(plan, change, beside, by, cause)


def _again_from_the_cut(plan: Plan, change: Change, by: Actor) -> None:
    """No step failed: what was ended with the run, from outside, begins again."""
    state = change.state
    newest = max(
        (s.ended_at or 0.0 for s in state.steps.values() if _cut(s)), default=0
    )
    steps = [s for s in state.steps.values() if _cut(s) and s.ended_at == newest]
    goes_on(plan, change, by, steps[-1].path if steps else "")
    for step in steps:
        again(plan, change, step, by, state.seq + 1)
    change.scopes[RUN] = None


def _cut(step: StepState) -> bool:
    cut = step.status is StepStatus.CANCELLED and not step.outdated
    return cut and scope_of(step.path) == RUN


def _beside(state: RunState, failed: StepState) -> Iterator[StepState]:
    """The steps of the same scope that were ended when this one failed."""
    for step in state.steps.values():
        same = scope_of(step.path) == scope_of(failed.path)
        cancelled = step.status is StepStatus.CANCELLED
        with_it = step.ended_at == failed.ended_at and not step.outdated
        if same and cancelled and with_it:
            yield step


def _leaves(plan: Plan, state: RunState, step: StepState) -> Iterator[StepState]:
    """The steps that do work, of all that failed in a step and is begun again."""
    if step.arms is None:
        yield step
        return
    for key, arm in step.arms.items():
        if arm.status is not StepStatus.FAILED:
            continue
        inner = failed_by(plan, state, arm_scope(step.path, key))
        if inner is not None and may_again(plan, state, inner):
            yield from _leaves(plan, state, inner)


def again(plan: Plan, change: Change, step: StepState, by: Actor, cause: int) -> None:
    if step.arms is not None:
        _reopen(plan, change, step, by, cause)
    elif step.child:
        revived = step.status is StepStatus.CANCELLED
        change.add(e.ChildRetried(step.path, step.child, revived), cause)
    elif step.status is StepStatus.FAILED or _may_repeat(plan, step):
        change.add(e.StepResumed(step.path, by), cause)
    else:
        why = "it was ended when the run failed"
        change.add(e.StepInterrupted(step.path, step.attempt, why), cause)


def _reopen(plan: Plan, change: Change, step: StepState, by: Actor, cause: int) -> None:
    """Let the arms go on that failed by a step, or were ended before their end."""
    for key, arm in (step.arms or {}).items():
        if not arm_may_again(plan, change.state, step.path, key, arm):
            continue
        scope = arm_scope(step.path, key)
        failed = failed_by(plan, change.state, scope)
        failed = failed if arm.status is StepStatus.FAILED else None
        change.add(e.ArmReopened(step.path, key), cause)
        inner = [failed, *_beside(change.state, failed)] if failed else []
        inner += [] if failed else _ended_with(change.state, scope, arm.ended_at)
        for each in inner:
            again(plan, change, each, by, cause)
        change.scopes[scope] = None
    change.containers[step.path] = None


def _ended_with(state: RunState, scope: str, at: float | None) -> list[StepState]:
    """The steps of an arm that was cancelled as a whole."""
    return [
        step
        for step in state.steps.values()
        if step.status is StepStatus.CANCELLED
        and scope_of(step.path) == scope
        and step.ended_at == at
        and not step.outdated
    ]


def _may_repeat(plan: Plan, step: StepState) -> bool:
    return step.attempt == 0 or is_safe(plan.steps.get(step.step))
