"""What an event means: a state and an event make the next state, and never refuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, assert_never

from msgspec.json import decode as from_json
from msgspec.structs import replace

from engine.machine import events as e
from engine.machine.places import is_undo, scope_of, undone_by
from engine.machine.state import (
    STEP_ACTIVE,
    STEP_ENDED,
    ApprovalState,
    ApprovalStatus,
    ArmState,
    Edit,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)
from engine.machine.undone import finished_without, leave, rolled_back

CALLED_OFF = "called_off"  # in a tally, beside the statuses
CONTEXT = "@context"  # the path of the step that builds the context
_ON = (StepStatus.READY, StepStatus.RUNNING, StepStatus.RETRYING)


def fold(entries: Iterable[e.Entry]) -> RunState:
    """The state a history leaves. The first entry must be RunStarted."""
    state: RunState | None = None
    for entry in entries:
        state = evolve(state, entry.event, entry.seq, entry.at)
    if state is None:
        raise ValueError("a history begins with RunStarted; this one is empty")
    return state


def evolve(state: RunState | None, event: e.AnyEvent, seq: int, at: float) -> RunState:
    """The state after an event."""
    if state is None:
        if not isinstance(event, e.RunStarted):
            raise ValueError(f"a history begins with RunStarted, not {event!r}")
        return _begun(event, seq, at)
    changed = _MEANING[type(event)](state, event, seq, at)
    return replace(changed, seq=seq, updated_at=at)


def _begun(event: e.RunStarted, seq: int, at: float) -> RunState:
    return RunState(
        id=event.run,
        status=RunStatus.RUNNING,
        workflow=event.workflow,
        version=event.version,
        started_at=at,
        by=event.by,
        inputs=event.inputs,
        project=event.project,
        provider=event.provider,
        pins=event.pins,
        parent=event.parent,
        deadline=event.deadline,
        seq=seq,
        updated_at=at,
    )


def _entered(
    state: RunState, event: e.StepReady | e.StepSkipped, seq: int, at: float
) -> RunState:
    skipped = isinstance(event, e.StepSkipped)
    if isinstance(event, e.StepSkipped) and event.path in state.steps:
        return _passed_by(state, event, seq, at)
    step = StepState(
        path=event.path,
        step=event.step,
        visit=event.visit,
        status=StepStatus.SKIPPED if skipped else StepStatus.READY,
        ready_at=at,
        ended_at=at if skipped else None,
        approved="" if skipped else event.approved,  # type: ignore[union-attr]
        reason=event.reason if isinstance(event, e.StepSkipped) else "",
        seq=seq,
    )
    changed = _put(state, step)
    if is_undo(step.path):
        return changed
    return replace(changed, latest={**state.latest, _key(step): event.path})


def _passed_by(state: RunState, event: e.StepSkipped, seq: int, at: float) -> RunState:
    """A person has let the run go on without a step it had come to."""
    if is_undo(event.path):
        state = leave(state, undone_by(event.path))
    return _step(
        state,
        event.path,
        status=StepStatus.SKIPPED,
        reason=event.reason,
        ended_at=at,
        wake_at=None,
        seq=seq,
    )


def _started(state: RunState, event: e.AttemptStarted, seq: int, at: float) -> RunState:
    return _step(
        state,
        event.path,
        status=StepStatus.RUNNING,
        attempt=event.attempt,
        runner=event.runner,
        started_at=at,
        ended_at=None,
        wake_at=None,
        seq=seq,
    )


def _waiting(state: RunState, event: e.StepWaiting, seq: int, at: float) -> RunState:
    return _step(
        state, event.path, status=StepStatus.WAITING, wake_at=event.until, seq=seq
    )


def _succeeded(
    state: RunState, event: e.StepSucceeded, seq: int, at: float
) -> RunState:
    step = replace(
        state.steps[event.path],
        status=StepStatus.SUCCEEDED,
        output=event.output,
        artifact=event.artifact,
        error=None,
        ended_at=at,
        wake_at=None,
        seq=seq,
    )
    changed = _put(state, step)
    if step.step == CONTEXT:
        return replace(changed, context=event.output["values"])
    if is_undo(step.path):
        return changed
    scope = scope_of(step.path)
    done = {**state.finished.get(scope, {}), step.step: step.path}
    return replace(changed, finished={**state.finished, scope: done})


def _retrying(state: RunState, event: e.StepRetrying, seq: int, at: float) -> RunState:
    failures = state.steps[event.path].failures + (1 if event.counts else 0)
    return _step(
        state,
        event.path,
        status=StepStatus.RETRYING,
        error=event.failure,
        failures=failures,
        wake_at=event.at,
        seq=seq,
    )


def _failed(state: RunState, event: e.StepFailed, seq: int, at: float) -> RunState:
    changed = _step(
        state,
        event.path,
        status=StepStatus.FAILED,
        error=event.failure,
        handled=event.handled,
        ended_at=at,
        wake_at=None,
        seq=seq,
    )
    scope, step = scope_of(event.path), changed.steps[event.path].step
    failed = {**state.failures.get(scope, {}), step: event.path}
    return replace(changed, failures={**state.failures, scope: failed})


def _interrupted(
    state: RunState, event: e.StepInterrupted, seq: int, at: float
) -> RunState:
    return _step(
        state,
        event.path,
        status=StepStatus.INTERRUPTED,
        ended_at=None,
        reason=event.reason,
        seq=seq,
    )


def _resumed(state: RunState, event: e.StepResumed, seq: int, at: float) -> RunState:
    step = state.steps[event.path]
    return _step(
        state,
        event.path,
        status=StepStatus.READY,
        ready_at=at,
        ended_at=None,
        wake_at=None,
        # A person's word starts the count of failures anew.
        failures=0 if event.by else step.failures,
        reason="",
        seq=seq,
    )


def _cancelled(
    state: RunState, event: e.StepCancelled, seq: int, at: float
) -> RunState:
    """The arms of a step that is cancelled end with it."""
    arms = state.steps[event.path].arms
    if arms is not None:
        over = {"status": StepStatus.CANCELLED, "reason": event.reason, "ended_at": at}
        arms = {
            key: arm if arm.status in STEP_ENDED else replace(arm, **over)
            for key, arm in arms.items()
        }
    return _step(
        state,
        event.path,
        status=StepStatus.CANCELLED,
        reason=event.reason,
        ended_at=at,
        wake_at=None,
        arms=arms,
        tally=_tally(arms or {}),
        seq=seq,
    )


def _opened(state: RunState, event: e.ArmsOpened, seq: int, at: float) -> RunState:
    arms = {
        arm.key: ArmState(value=arm.value, watches=arm.watches) for arm in event.arms
    }
    return _step(
        state,
        event.path,
        status=StepStatus.RUNNING,
        started_at=at,
        ended_at=None,
        arms=arms,
        tally=_tally(arms),
        seq=seq,
    )


def _arm_started(state: RunState, event: e.ArmStarted, seq: int, at: float) -> RunState:
    began = {"status": StepStatus.RUNNING, "started_at": at}
    return _arm(state, event.path, event.arm, seq, **began)


def _arm_reopened(
    state: RunState, event: e.ArmReopened, seq: int, at: float
) -> RunState:
    """An arm that never started waits for its turn. The step goes on with it."""
    again = _step(
        state,
        event.path,
        status=StepStatus.RUNNING,
        error=None,
        reason="",
        ended_at=None,
        undoing=None,
    )
    arm = (again.steps[event.path].arms or {})[event.arm]
    status = StepStatus.PENDING if arm.started_at is None else StepStatus.RUNNING
    fresh = {"status": status, "reason": "", "ended_at": None}
    return _arm(again, event.path, event.arm, seq, **fresh)


def _arm_ended(state: RunState, event: e.ArmEnded, seq: int, at: float) -> RunState:
    return _arm(
        state,
        event.path,
        event.arm,
        seq,
        status=event.status,
        reason=event.reason,
        called_off=event.called_off,
        ended_at=at,
    )


def _arm(state: RunState, path: str, key: str, seq: int, **changes: Any) -> RunState:
    step = state.steps[path]
    arms = step.arms or {}
    before, after = arms[key], replace(arms[key], **changes)
    tally = {**step.tally}
    tally[before.status] -= 1
    tally[after.status] = tally.get(after.status, 0) + 1
    if after.called_off:
        tally[CALLED_OFF] = tally.get(CALLED_OFF, 0) + 1
    return _step(state, path, arms={**arms, key: after}, tally=tally, seq=seq)


def _tally(arms: dict[str, ArmState]) -> dict[str, int]:
    count = Counter(arm.status.value for arm in arms.values())
    called_off = sum(arm.called_off for arm in arms.values())
    return {**count, **({CALLED_OFF: called_off} if called_off else {})}


def _with_child(
    state: RunState,
    event: e.ChildStarted | e.ChildRetried | e.ChildUndoing,
    seq: int,
    at: float,
) -> RunState:
    return _step(
        state,
        event.path,
        status=StepStatus.WAITING,
        child=event.run,
        error=None,
        reason="",
        ended_at=None,
        seq=seq,
    )


def _requested(
    state: RunState, event: e.ApprovalRequested, seq: int, at: float
) -> RunState:
    approval = ApprovalState(
        id=event.approval,
        path=event.path,
        status=ApprovalStatus.PENDING,
        digest=event.digest,
        requested_at=at,
        deadline=event.deadline,
    )
    changed = _step(
        state,
        event.path,
        status=StepStatus.WAITING,
        approval=event.approval,
        wake_at=event.deadline,
        seq=seq,
    )
    return _put_approval(changed, approval)


def _decided(
    state: RunState, event: e.ApprovalDecided, seq: int, at: float
) -> RunState:
    approval = state.approvals[event.approval]
    changed = _put_approval(
        _step(state, event.path, seq=seq),
        replace(
            approval,
            status=event.status,
            decisions=(*approval.decisions, event.decision),
            ended_at=None if event.status is ApprovalStatus.PENDING else at,
        ),
    )
    edit = event.decision.edit
    if edit is None or event.status is not ApprovalStatus.APPROVED:
        return changed
    return _edited(changed, edit, scope_of(event.path))


def _edited(state: RunState, edit: Edit, scope: str) -> RunState:
    """An approved edit replaces the draft for every step that comes after."""
    what, _, name = edit.name.partition(".")
    path = state.seen_from(scope, name)
    assert path is not None
    step = state.steps[path]
    if what == "artifacts":
        output = {
            **step.output,
            "text": edit.text,
            "sha256": edit.digest,
            "size": len(edit.text.encode()),
            "path": step.output["path"].replace(
                _blob(step.output["sha256"]), _blob(edit.digest)
            ),
        }
    else:
        output = from_json(edit.text)
    return _put(state, replace(step, output=output))


def _blob(digest: str) -> str:
    """Where a blob lies below `blobs/`: the layout is the store's."""
    return f"{digest[:2]}/{digest}"


def _expired(
    state: RunState, event: e.ApprovalExpired, seq: int, at: float
) -> RunState:
    return _end_approval(state, event, ApprovalStatus.EXPIRED, seq, at)


def _withdrawn(
    state: RunState, event: e.ApprovalWithdrawn, seq: int, at: float
) -> RunState:
    return _end_approval(state, event, ApprovalStatus.WITHDRAWN, seq, at)


def _end_approval(
    state: RunState,
    event: e.ApprovalExpired | e.ApprovalWithdrawn,
    status: ApprovalStatus,
    seq: int,
    at: float,
) -> RunState:
    approval = replace(state.approvals[event.approval], status=status, ended_at=at)
    return _put_approval(_step(state, event.path, seq=seq), approval)


def _reminded(
    state: RunState, event: e.ApprovalReminded, seq: int, at: float
) -> RunState:
    approval = state.approvals[event.approval]
    changed = _step(state, event.path, wake_at=event.deadline, seq=seq)
    return _put_approval(
        changed,
        replace(approval, deadline=event.deadline, reminders=approval.reminders + 1),
    )


def _noted(state: RunState, event: e.RouteTaken, seq: int, at: float) -> RunState:
    return _step(state, event.path, seq=seq)


def _undo_started(
    state: RunState, event: e.UndoStarted, seq: int, at: float
) -> RunState:
    return _step(state, event.path, undoing=event.steps, seq=seq)


def _undone(state: RunState, event: e.StepUndone, seq: int, at: float) -> RunState:
    changed = _step(state, event.path, status=StepStatus.UNDONE, wake_at=None, seq=seq)
    return finished_without(changed, event.path)


def _rolling_back(
    state: RunState, event: e.RollbackStarted, seq: int, at: float
) -> RunState:
    return replace(
        state,
        status=RunStatus.ROLLING_BACK,
        rollback=event.rollback,
        reason="",
        kind="",
        ending=None,
        deadline=None,
        ended_at=None,
    )


def _rolled_back(
    state: RunState, event: e.RunRolledBack, seq: int, at: float
) -> RunState:
    ended = replace(state, status=RunStatus.ROLLED_BACK, ended_at=at)
    return rolled_back(ended)


def _went_back(state: RunState, event: e.WentBack, seq: int, at: float) -> RunState:
    """What had failed in the list is not what holds it up any more."""
    scope = scope_of(event.to)
    passed = {
        path: replace(step, handled=True)
        for path, step in state.steps.items()
        if step.status is StepStatus.FAILED and scope_of(path) == scope
    }
    return replace(state, steps={**state.steps, **passed})


def _context_set(state: RunState, event: e.ContextSet, seq: int, at: float) -> RunState:
    name = event.name.split(".")
    return replace(state, context=_with(state.context, name, event.value))


def _with(values: dict[str, Any], name: list[str], value: Any) -> dict[str, Any]:
    """The values with another one under a dotted name; the rest of them as they are."""
    first, *rest = name
    inner = values.get(first)
    if rest:
        value = _with(inner if isinstance(inner, dict) else {}, rest, value)
    return {**values, first: value}


def _paused(state: RunState, event: e.RunPaused, seq: int, at: float) -> RunState:
    return replace(state, status=RunStatus.PAUSED, reason=event.comment)


def _gone_on(
    state: RunState, event: e.RunResumed | e.RunRetried, seq: int, at: float
) -> RunState:
    running = replace(state, status=RunStatus.RUNNING, reason="", ended_at=None)
    if isinstance(event, e.RunRetried):
        fresh = {"kind": "", "ending": None, "deadline": event.deadline}
        running = replace(running, **fresh, rollback=None)
    return replace(running, status=_standing(running))


def _ending(state: RunState, event: e.FinallyStarted, seq: int, at: float) -> RunState:
    ending = event.ending
    # Who cancels a paused run wants its end; so does the time that is up.
    ends = ending.outcome is RunStatus.CANCELLED or ending.kind == "timeout"
    paused = state.status is RunStatus.PAUSED and not ends
    status = RunStatus.PAUSED if paused else RunStatus.RUNNING
    return replace(state, status=status, ending=ending, deadline=None)


def _ended(
    state: RunState,
    event: e.RunSucceeded | e.RunFailed | e.RunCancelled,
    seq: int,
    at: float,
) -> RunState:
    state = replace(state, deadline=None)
    match event:
        case e.RunSucceeded():
            return replace(state, status=RunStatus.SUCCEEDED, ended_at=at, reason="")
        case e.RunFailed(reason, kind=kind):
            why = {"reason": reason, "kind": kind}
            return replace(state, status=RunStatus.FAILED, ended_at=at, **why)
        case e.RunCancelled(reason):
            return replace(
                state, status=RunStatus.CANCELLED, ended_at=at, reason=reason
            )
        case _:
            assert_never(event)


def _key(step: StepState) -> str:
    return scope_of(step.path) + step.step


def _step(state: RunState, path: str, **changes: Any) -> RunState:
    return _put(state, replace(state.steps[path], **changes))


def _put(state: RunState, step: StepState) -> RunState:
    steps = {**state.steps, step.path: step}
    known = state.steps.get(step.path)
    was = known is not None and known.status in STEP_ACTIVE
    now = step.status in STEP_ACTIVE
    if was is now:
        changed = replace(state, steps=steps)
    else:
        changed = replace(state, steps=steps, live=_live(state, step.path, now))
    if changed.status not in (RunStatus.RUNNING, RunStatus.WAITING):
        return changed
    status = _standing(changed)
    return changed if status is changed.status else replace(changed, status=status)


def _live(state: RunState, path: str, active: bool) -> dict[str, tuple[str, ...]]:
    """What is active in each scope, with this step or without it."""
    scope = scope_of(path)
    others = state.live.get(scope, ())
    paths = (*others, path) if active else tuple(p for p in others if p != path)
    live = {**state.live, scope: paths}
    if not paths:
        del live[scope]
    return live


def _standing(state: RunState) -> RunStatus:
    """Waiting when all that is active waits for a person, a clock or another run.

    A step that holds steps does nothing itself.
    """
    if not state.live:
        return RunStatus.RUNNING
    for paths in state.live.values():
        for path in paths:
            step = state.steps[path]
            if step.status in _ON and step.arms is None:
                return RunStatus.RUNNING
    return RunStatus.WAITING


def _put_approval(state: RunState, approval: ApprovalState) -> RunState:
    return replace(state, approvals={**state.approvals, approval.id: approval})


_MEANING: dict[type, Callable[..., RunState]] = {
    e.StepReady: _entered,
    e.StepSkipped: _entered,
    e.AttemptStarted: _started,
    e.StepWaiting: _waiting,
    e.StepSucceeded: _succeeded,
    e.StepRetrying: _retrying,
    e.StepFailed: _failed,
    e.StepInterrupted: _interrupted,
    e.StepResumed: _resumed,
    e.StepCancelled: _cancelled,
    e.ArmsOpened: _opened,
    e.ArmStarted: _arm_started,
    e.ArmReopened: _arm_reopened,
    e.ArmEnded: _arm_ended,
    e.ChildStarted: _with_child,
    e.ChildRetried: _with_child,
    e.ApprovalRequested: _requested,
    e.ApprovalDecided: _decided,
    e.ApprovalExpired: _expired,
    e.ApprovalReminded: _reminded,
    e.ApprovalWithdrawn: _withdrawn,
    e.RouteTaken: _noted,
    e.UndoStarted: _undo_started,
    e.ChildUndoing: _with_child,
    e.StepUndone: _undone,
    e.RollbackStarted: _rolling_back,
    e.RunRolledBack: _rolled_back,
    e.WentBack: _went_back,
    e.ContextSet: _context_set,
    e.RunPaused: _paused,
    e.RunResumed: _gone_on,
    e.RunRetried: _gone_on,
    e.FinallyStarted: _ending,
    e.RunSucceeded: _ended,
    e.RunFailed: _ended,
    e.RunCancelled: _ended,
}
