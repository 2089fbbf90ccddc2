"""What ends with a step, an arm or a run; what follows from that is seen later.

Nothing is entered here: `conclude` goes on from what these have left in the change.
"""

from __future__ import annotations

from engine.definition.graph import FINALLY
from engine.definition.kinds import Approval
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.places import RUN, arm_of, around, scope_of, scopes_around
from engine.machine.plan import Plan
from engine.machine.state import (
    Actor,
    ApprovalStatus,
    Ending,
    Failure,
    RunStatus,
    StepState,
    StepStatus,
)


def fail_step(
    plan: Plan,
    change: Change,
    path: str,
    attempt: int,
    failure: Failure,
    **about: object,
) -> None:
    """The step failed for good, and what it stands in with it, unless it is handled."""
    step = change.state.steps[path]
    handled = _handled(plan, step)
    about |= {"handled": True} if handled else {}
    change.add(e.StepFailed(path, attempt, failure, **about), step.seq)  # type: ignore[arg-type]
    if handled:
        change.handled.append(path)
        return
    reason = f"{path}: {failure.message}"
    fail_scope(plan, change, scope_of(path), reason, path)


def _handled(plan: Plan, step: StepState) -> bool:
    """Whether a failure of it ends nothing else. Silence at a gate always does."""
    known = plan.steps.get(step.step)
    if known is None or isinstance(known.do, Approval):
        return False
    return plan.node(step.step).on_error is not None


def fail_scope(
    plan: Plan, change: Change, scope: str, reason: str, path: str = ""
) -> None:
    """The run failed; or, inside of an arm, that arm, which may fail the run."""
    if scope == RUN:
        cancel_active(change, RUN, "the run failed")
        end_run(plan, change, Ending(RunStatus.FAILED, reason, path))
    else:
        cancel_active(change, scope, f"{arm_of(scope)[1]} failed")
        end_arm(change, scope, StepStatus.FAILED, reason)


def end_arm(
    change: Change, scope: str, status: StepStatus, reason: str = "", **about: bool
) -> None:
    """An arm has come to its end; what that means for the whole is seen later."""
    container, arm = arm_of(scope)
    change.add(e.ArmEnded(container, arm, status, reason, **about))
    change.containers[container] = None


def end_run(plan: Plan, change: Change, ending: Ending) -> None:
    """The run ends so; what is always done at the end comes before that.

    What happens meanwhile changes nothing of how it ends. Who decided it is told where
    that began; the end itself names only who cut it short.
    """
    decided = change.state.ending
    if decided is None and FINALLY in plan.graph.starts:
        change.ending = ending
        return
    by, ending = ending.by, decided or ending
    if ending.outcome is RunStatus.SUCCEEDED:
        change.add(e.RunSucceeded(by))
    elif ending.outcome is RunStatus.FAILED:
        change.add(e.RunFailed(ending.reason, ending.path, ending.kind, by))
    else:
        change.add(e.RunCancelled(ending.reason, by))


def cancel_scope(
    plan: Plan, change: Change, scope: str, reason: str, by: Actor | None = None
) -> None:
    """The run is cancelled; or, inside of an arm, that arm."""
    cancel_active(change, scope, reason)
    if scope == RUN:
        end_run(plan, change, Ending(RunStatus.CANCELLED, reason, by=by))
    else:
        end_arm(change, scope, StepStatus.CANCELLED, reason)


def cancel_active(
    change: Change, scope: str, reason: str, within: frozenset[str] | None = None
) -> None:
    """Withdraw what is asked and cancel what is active.

    `within`: only of these steps of the scope, and of what stands in them.
    """
    for step in change.state.active_in(scope):
        if within is not None and around(scope, step.path) not in within:
            continue
        approval = change.state.approvals.get(step.approval)
        if approval and approval.status is ApprovalStatus.PENDING:
            change.add(
                e.ApprovalWithdrawn(approval.id, step.path, comment=reason), step.seq
            )
        change.add(e.StepCancelled(step.path, reason), step.seq)


def is_over(change: Change, scope: str) -> bool:
    """Whether a scope, or one around it, has ended."""
    state = change.state
    if state.ended or change.ending:
        return True
    for outer in scopes_around(scope):
        if outer != RUN:
            container, arm = arm_of(outer)
            known = state.steps[container].arms or {}
            if known[arm].status is not StepStatus.RUNNING:
                return True
    return False
