"""What events of gates mean to a state."""

from __future__ import annotations

from msgspec.json import decode as from_json
from msgspec.structs import replace

from engine.machine import events as e
from engine.machine.places import scope_of
from engine.machine.putting import put, put_approval, step_with
from engine.machine.state import (
    ApprovalState,
    ApprovalStatus,
    Edit,
    RunState,
    StepStatus,
)


def requested(
    state: RunState, event: e.ApprovalRequested, seq: int, at: float
) -> RunState:
    approval = ApprovalState(
        id=event.approval,
        path=event.path,
        status=ApprovalStatus.PENDING,
        digest=event.digest,
        requested_at=at,
        deadline=event.deadline,
        remind_at=event.remind_at,
        escalate_at=event.escalate_at,
    )
    changed = step_with(
        state,
        event.path,
        status=StepStatus.WAITING,
        approval=event.approval,
        wake_at=soonest(approval),
        offer=event.offer,
        seq=seq,
    )
    return put_approval(changed, approval)


def decided(state: RunState, event: e.ApprovalDecided, seq: int, at: float) -> RunState:
    approval = state.approvals[event.approval]
    changed = put_approval(
        step_with(state, event.path, seq=seq),
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
    return put(state, replace(step, output=output))


def _blob(digest: str) -> str:
    """Where a blob lies below `blobs/`: the layout is the store's."""
    return f"{digest[:2]}/{digest}"


def expired(state: RunState, event: e.ApprovalExpired, seq: int, at: float) -> RunState:
    return _end_approval(state, event, ApprovalStatus.EXPIRED, seq, at)


def withdrawn(
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
    return put_approval(step_with(state, event.path, seq=seq), approval)


def reminded(
    state: RunState, event: e.ApprovalReminded, seq: int, at: float
) -> RunState:
    approval = state.approvals[event.approval]
    told = replace(
        approval,
        deadline=event.deadline,
        remind_at=event.remind_at,
        reminders=approval.reminders + 1,
    )
    return _waiting_on(state, told, seq)


def escalated(
    state: RunState, event: e.ApprovalEscalated, seq: int, at: float
) -> RunState:
    approval = state.approvals[event.approval]
    wider = replace(approval, escalate_at=None, approvers=event.approvers)
    return _waiting_on(state, wider, seq)


def _waiting_on(state: RunState, approval: ApprovalState, seq: int) -> RunState:
    changed = step_with(state, approval.path, wake_at=soonest(approval), seq=seq)
    return put_approval(changed, approval)


def soonest(approval: ApprovalState) -> float | None:
    """When the clock next has something to say of an open gate."""
    times = (approval.deadline, approval.remind_at, approval.escalate_at)
    return min((time for time in times if time is not None), default=None)
