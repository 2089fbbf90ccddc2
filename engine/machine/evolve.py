"""What an event means: a state and an event make the next state, and never refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from engine.machine import events as e
from engine.machine import of_arms, of_gates, of_runs, of_steps
from engine.machine.putting import CALLED_OFF, CONTEXT
from engine.machine.state import RunState

__all__ = ["CALLED_OFF", "CONTEXT", "evolve", "fold"]


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
        return of_runs.begun(event, seq, at)
    changed = _MEANING[type(event)](state, event, seq, at)
    return replace(changed, seq=seq, updated_at=at)


_MEANING: dict[type, Callable[..., RunState]] = {
    e.StepReady: of_steps.entered,
    e.StepSkipped: of_steps.entered,
    e.AttemptStarted: of_steps.started,
    e.StepWaiting: of_steps.waiting,
    e.StepSucceeded: of_steps.succeeded,
    e.StepReused: of_steps.reused,
    e.StepRetrying: of_steps.retrying,
    e.StepFailed: of_steps.failed,
    e.StepInterrupted: of_steps.interrupted,
    e.StepResumed: of_steps.resumed,
    e.StepCancelled: of_steps.cancelled,
    e.ArmsOpened: of_arms.opened,
    e.ArmStarted: of_arms.arm_started,
    e.ArmReopened: of_arms.arm_reopened,
    e.ArmEnded: of_arms.arm_ended,
    e.ChildStarted: of_arms.with_child,
    e.ChildRetried: of_arms.with_child,
    e.ApprovalRequested: of_gates.requested,
    e.ApprovalDecided: of_gates.decided,
    e.ApprovalExpired: of_gates.expired,
    e.ApprovalReminded: of_gates.reminded,
    e.ApprovalEscalated: of_gates.escalated,
    e.ApprovalWithdrawn: of_gates.withdrawn,
    e.RouteTaken: of_steps.noted,
    e.UndoStarted: of_arms.undo_started,
    e.ChildUndoing: of_arms.with_child,
    e.StepUndone: of_steps.undone,
    e.RollbackStarted: of_runs.rolling_back,
    e.RunRolledBack: of_runs.rolled_back,
    e.WentBack: of_runs.went_back,
    e.ContextSet: of_runs.context_set,
    e.ItemTicked: of_steps.ticked,
    e.RunPaused: of_runs.paused,
    e.RunResumed: of_runs.gone_on,
    e.RunRetried: of_runs.gone_on,
    e.VersionAdopted: of_runs.adopted,
    e.FinallyStarted: of_runs.ending,
    e.RunSucceeded: of_runs.ended,
    e.RunFailed: of_runs.ended,
    e.RunCancelled: of_runs.ended,
}
