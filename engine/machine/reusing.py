"""A forked run goes the way of the old one as far as what that has left is kept.

The way is not copied but gone again, by the rules and the text of the new run: a route
or a `when` that now leads elsewhere does so, and what is not met is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.machine import events as e
from engine.machine.advance import advance, begin, conclude
from engine.machine.change import Change
from engine.machine.ends import fail_scope
from engine.machine.evolve import CONTEXT
from engine.machine.gate import follow_no
from engine.machine.places import arm_of, arm_scope, scope_of
from engine.machine.plan import Plan
from engine.machine.state import ApprovalStatus, Kept, StepState, StepStatus


def reuse(plan: Plan, change: Change, kept: Iterable[Kept]) -> None:
    """Let each step that becomes ready and is kept be done by what it had left."""
    left = {_once(plan, each.place): each for each in kept}
    conclude(plan, change)  # opens the arms of the first step, where it holds steps
    while met := [s for s in _ready(change) if s.path in left]:
        for step in met:
            if change.state.steps[step.path].status is StepStatus.READY:
                _reuse_one(plan, change, step, left.pop(step.path))
            else:
                del left[step.path]  # ended with the arm it stood in
        conclude(plan, change)


def _once(plan: Plan, path: str) -> str:
    """Where the new run comes to a step: in a graph only once, however often before."""
    scope = scope_of(path)
    own = path.removeprefix(scope)
    step = own.partition("#")[0]
    if scope:
        container, key = arm_of(scope)
        scope = arm_scope(_once(plan, container), key)
    once = step != CONTEXT and plan.in_graph(step)
    return scope + (step if once else own)


def _ready(change: Change) -> list[StepState]:
    return [s for s in change.state.active if s.status is StepStatus.READY]


def _reuse_one(plan: Plan, change: Change, step: StepState, kept: Kept) -> None:
    state = change.state
    assert state.fork is not None
    if kept.skipped:
        skipped = e.StepSkipped(step.path, step.step, step.visit, kept.skipped)
        change.add(skipped, step.seq)
        advance(plan, change, step.path, blindly=True)
        return
    reused = e.StepReused(
        step.path,
        state.fork.run,
        kept.path,
        kept.seq,
        kept.output,
        kept.artifact,
        kept.approval,
        state.by if kept.edited else None,
        kept.code,
    )
    change.add(reused, step.seq)
    if step.step == CONTEXT:
        begin(plan, change)
    elif kept.approval and kept.approval.status is ApprovalStatus.REJECTED:
        # A no follows only the routes that name it, in a fork as well.
        choice = kept.output["choice"]
        if not follow_no(plan, change, step.path, choice):
            reason = f"{choice} at {step.path}"
            fail_scope(plan, change, scope_of(step.path), reason, step.path)
    else:
        advance(plan, change, step.path)
