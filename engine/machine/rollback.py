"""Rolling a run back to a step, and going on from there."""

from __future__ import annotations

from engine.definition.graph import FINALLY
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.advance import advance, all_done, begin, enter
from engine.machine.change import Change
from engine.machine.ends import cancel_active
from engine.machine.evolve import CONTEXT
from engine.machine.places import RUN, scope_of, undone_by
from engine.machine.plan import Plan
from engine.machine.requiring import require_reason, require_step
from engine.machine.retrying import goes_on
from engine.machine.state import (
    Actor,
    ApprovalStatus,
    Rollback,
    RunState,
    RunStatus,
    StepStatus,
)
from engine.machine.steering import marked
from engine.machine.undoing import compensations, dropped, undo_next

_ASKED = (StepStatus.INTERRUPTED, StepStatus.RETRYING, StepStatus.READY)


def roll_back(plan: Plan, change: Change, command: c.RollBack) -> None:
    """End what is active, and undo what was done after a step."""
    state = change.state
    if state.status is RunStatus.ROLLING_BACK:
        raise CommandRefused(f"run {state.id} is being rolled back already")
    if state.parent and not command.above:
        raise CommandRefused(
            f"run {state.id} is part of run {state.parent.run}: roll that back"
        )
    if command.patient and state.ending and not state.ended:
        raise CommandRefused(f"run {state.id} is doing what is done at its end")
    after = _seq_of(plan, state, command.to)
    cancel_active(change, RUN, f"{command.by.name} rolls the run back")
    steps = change.state.steps.values()
    found = compensations(plan, steps, after)
    named = {each.path for each in found}
    change.add(
        e.RollbackStarted(
            Rollback(
                command.to,
                command.by,
                tuple(each.path for each in found if each.undo),
                tuple(each.path for each in found if not each.undo),
                tuple(dropped(steps, after, named)),
            )
        )
    )
    _go_on_undoing(plan, change)


def undone(plan: Plan, change: Change, path: str) -> None:
    """What undoes a step was done: the step is undone, and the next one follows."""
    change.add(e.StepUndone(undone_by(path)))
    _on_from(plan, change, path)


def _on_from(plan: Plan, change: Change, path: str) -> None:
    if change.state.status is RunStatus.ROLLING_BACK:
        _go_on_undoing(plan, change)
        return
    for step in change.state.active:
        if undone_by(path) in (step.undoing or ()):
            change.containers[step.path] = None


def _go_on_undoing(plan: Plan, change: Change) -> None:
    rollback = change.state.rollback
    assert rollback is not None
    if not undo_next(plan, change, rollback.steps):
        change.add(e.RunRolledBack(rollback.to))


def stop_undoing(change: Change, command: c.CancelRun) -> None:
    """End what is undoing a step; what became of it is then asked, as where it fails.

    Else nobody could reach what hangs there.
    """
    state = change.state
    said = f": {command.comment}" if command.comment else ""
    for step in state.active:
        if step.status is StepStatus.WAITING:
            raise CommandRefused(
                f"{step.path} waits until run {step.child} is rolled back;"
                f" `weir cancel {step.child}` ends what that is undoing"
            )
        if step.status is StepStatus.INTERRUPTED:
            raise CommandRefused(
                f"run {state.id} undoes nothing just now: {step.path} is asked about"
            )
        why = f"ended by {command.by.name}{said}"
        change.add(
            e.StepInterrupted(step.path, step.attempt, why, command.by), step.seq
        )


def skip_undo(plan: Plan, change: Change, command: c.SkipStep) -> None:
    """Leave a step as it is: what undoes it is not done."""
    require_reason(command)
    step = require_step(change.state, command.path, *_ASKED, StepStatus.WAITING)
    skipped = e.StepSkipped(
        step.path, step.step, step.visit, command.reason, command.by
    )
    change.add(skipped, step.seq)
    _on_from(plan, change, step.path)


def resolve_undo(plan: Plan, change: Change, command: c.ResolveStep) -> None:
    """A person's word on what undoes a step: again, or done by other means."""
    by, path = command.by, command.path
    if command.how == "again":
        step = require_step(change.state, path, StepStatus.INTERRUPTED)
        change.add(e.StepResumed(path, by, command.comment), step.seq)
    elif command.how == "done":
        step = require_step(change.state, path, *_ASKED)
        change.add(marked(step, command), step.seq)
        undone(plan, change, path)
    else:
        raise CommandRefused(
            f"{path} undoes {undone_by(path)}; say that it is done, again, or skip it"
        )


def go_on_after(plan: Plan, change: Change, by: Actor) -> None:
    """Begin what follows the step that the run was rolled back to."""
    state = change.state
    to = state.rollback.to if state.rollback else ""
    goes_on(plan, change, by, to)
    context = state.steps.get(CONTEXT)
    if context is not None and context.status is not StepStatus.SUCCEEDED:
        change.add(e.StepResumed(CONTEXT, by))
    elif not to:
        begin(plan, change)
    elif plan.in_graph(state.steps[to].step):
        for step in plan.workflow.steps:
            if all_done(plan, change, step.id, RUN):
                enter(plan, change, step.id, RUN)
    else:
        advance(plan, change, to)
    change.scopes[RUN] = None


def _seq_of(plan: Plan, state: RunState, to: str) -> int:
    """The end of the step to roll back to, after which all is undone."""
    if not to:
        return 0
    step = require_step(state, to, StepStatus.SUCCEEDED)
    if scope_of(to) != RUN or step.step == CONTEXT:
        raise CommandRefused(
            f"{to} can't be rolled back to; say a step of the run's own list"
        )
    if plan.node(step.step).inside == FINALLY:
        raise CommandRefused(f"{to} is done at the end; say a step before it")
    if step.left:
        raise CommandRefused(f"{to} was to be undone itself; say a step before it")
    if step.outdated:
        raise CommandRefused(f"{to} is outdated; say a step that still counts")
    approval = state.approvals.get(step.approval)
    if approval and approval.status is not ApprovalStatus.APPROVED:
        raise CommandRefused(
            f"{to} was {approval.status}, and nothing follows that;"
            " say a step before it"
        )
    return step.seq
