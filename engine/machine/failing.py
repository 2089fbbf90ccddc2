"""What failed a run or an arm: a step, from which it can go on, or what it can't.

A person's no is nothing to go on from, nor is a route that could not be read, or a
limit that was reached. Who steers something beside it goes around none of these.
"""

from __future__ import annotations

from msgspec.structs import replace

from engine.definition.graph import FINALLY, TOP
from engine.definition.model import CONTAINERS
from engine.machine.arms import list_of, verdict
from engine.machine.places import RUN, arm_of, arm_scope, typed
from engine.machine.plan import Plan
from engine.machine.putting import CONTEXT, tally_of
from engine.machine.state import (
    ApprovalStatus,
    ArmState,
    Decision,
    RunState,
    StepState,
    StepStatus,
)


def failed_by(plan: Plan, state: RunState, scope: str) -> StepState | None:
    """The step that failed a scope; None when no step did."""
    if scope == RUN and state.kind:
        return None  # its time was up
    last = _last(plan, state, scope)
    if last is None or last.status is not StepStatus.FAILED or last.handled:
        return None
    return last


def ended_by(plan: Plan, state: RunState, scope: str) -> StepState | None:
    """The step that failed a scope, or the gate at which it was answered no."""
    last = _last(plan, state, scope)
    return last if last and _no_of(state, last) else failed_by(plan, state, scope)


def _no_of(state: RunState, step: StepState) -> Decision | None:
    """The no that was answered at a gate, if it was one."""
    approval = state.approvals.get(step.approval)
    if approval is None or approval.status is not ApprovalStatus.REJECTED:
        return None
    return approval.decisions[-1] if approval.decisions else None


def _last(plan: Plan, state: RunState, scope: str) -> StepState | None:
    """The step of a scope to which something happened last, before the rest ended."""
    newest = (state.newest(step, scope) for step in _listed(plan, state, scope))
    own = [
        step
        for step in newest
        if step and step.status is not StepStatus.CANCELLED and not step.outdated
    ]
    return max(own, key=lambda step: step.seq, default=None)


def _listed(plan: Plan, state: RunState, scope: str) -> tuple[str, ...]:
    """The steps of a scope's list, by id. What is done at the end fails nothing."""
    if scope == RUN:
        return (CONTEXT, *plan.lists.get(TOP, ()))
    container, key = arm_of(scope)
    step = state.steps[container]
    holds = plan.steps[step.step].do
    assert isinstance(holds, CONTAINERS)
    return plan.lists[list_of(holds, step, key)]


def at_the_end(plan: Plan, step: StepState) -> bool:
    """Whether it is done at the end of the run, however that has ended."""
    node = plan.graph.nodes.get(step.step)
    return node is not None and node.inside == FINALLY


def may_again(plan: Plan, state: RunState, step: StepState, reopened: str = "") -> bool:
    """Whether a step that failed may come to another end when it is begun again.

    A step that holds steps can't where too many of its arms stay as they are;
    `reopened` is the scope of one that does not.
    """
    if step.arms is None:
        return True
    container = plan.steps[step.step].do
    assert isinstance(container, CONTAINERS)
    arms = {
        key: replace(arm, status=StepStatus.PENDING)
        if arm_scope(step.path, key) == reopened
        or arm_may_again(plan, state, step.path, key, arm)
        else arm
        for key, arm in step.arms.items()
    }
    counted = len(arms) - sum(arm.called_off for arm in arms.values())
    join = counted if container.join == "all" else container.join
    found = verdict(join, replace(step, arms=arms, tally=tally_of(arms)))
    return found is None or found.succeeded


def arm_may_again(
    plan: Plan, state: RunState, path: str, key: str, arm: ArmState
) -> bool:
    """Whether an arm that has ended is begun again with the step that holds it."""
    if arm.status is StepStatus.CANCELLED:
        return not arm.called_off
    if arm.status is not StepStatus.FAILED:
        return False
    inner = failed_by(plan, state, arm_scope(path, key))
    return inner is not None and may_again(plan, state, inner)


def why_not(plan: Plan, state: RunState, scope: str) -> str:
    """In words, why a scope that has failed does not go on."""
    where = f"run {state.id}" if scope == RUN else scope.removesuffix("/")
    last = _last(plan, state, scope)
    inner = failed_by(plan, state, scope)
    if inner is not None and inner.arms is not None:
        stuck = (
            arm_scope(inner.path, key)
            for key, arm in inner.arms.items()
            if arm.status is StepStatus.FAILED
            and not arm_may_again(plan, state, inner.path, key, arm)
        )
        first = next(stuck, None)
        if first is not None:
            return why_not(plan, state, first)
    no = _no_of(state, last) if last else None
    if no is not None and last is not None:
        return (
            f"{no.by.name} answered `{no.choice}` at {last.path}, and nothing goes on"
            f" past that; `weir back {state.id} --to {typed(last.path)}` asks again"
        )
    if inner is not None:
        then = f"go on from that, or `weir retry {state.id}`"
        return f"{where} failed at {inner.path}; {then}"
    if scope != RUN:
        container, key = arm_of(scope)
        arm = (state.steps[container].arms or {})[key]
        return f"{where} has ended: {arm.reason or arm.status}"
    then = f"`weir retry {state.id}` goes on" if state.kind else "start a new run"
    return f"{state.reason or 'the run ended'}; {then}"
