"""What events of arms, and of the runs inside of a run, mean to a state."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from engine.machine import events as e
from engine.machine.putting import CALLED_OFF, step_with, tally_of
from engine.machine.state import ArmState, RunState, StepStatus


def opened(state: RunState, event: e.ArmsOpened, seq: int, at: float) -> RunState:
    arms = {
        arm.key: ArmState(value=arm.value, watches=arm.watches) for arm in event.arms
    }
    return step_with(
        state,
        event.path,
        status=StepStatus.RUNNING,
        started_at=at,
        ended_at=None,
        arms=arms,
        tally=tally_of(arms),
        seq=seq,
    )


def arm_started(state: RunState, event: e.ArmStarted, seq: int, at: float) -> RunState:
    began = {"status": StepStatus.RUNNING, "started_at": at}
    return _arm(state, event.path, event.arm, seq, **began)


def arm_reopened(
    state: RunState, event: e.ArmReopened, seq: int, at: float
) -> RunState:
    """An arm that never started waits for its turn. The step goes on with it."""
    again = step_with(
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


def arm_ended(state: RunState, event: e.ArmEnded, seq: int, at: float) -> RunState:
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
    return step_with(state, path, arms={**arms, key: after}, tally=tally, seq=seq)


def with_child(
    state: RunState,
    event: e.ChildStarted | e.ChildRetried | e.ChildUndoing,
    seq: int,
    at: float,
) -> RunState:
    return step_with(
        state,
        event.path,
        status=StepStatus.WAITING,
        child=event.run,
        error=None,
        reason="",
        ended_at=None,
        seq=seq,
    )


def undo_started(
    state: RunState, event: e.UndoStarted, seq: int, at: float
) -> RunState:
    return step_with(state, event.path, undoing=event.steps, seq=seq)
