"""What events of steps mean to a state."""

from __future__ import annotations

from msgspec.structs import replace

from engine.machine import events as e
from engine.machine.places import is_undo, scope_of, undone_by
from engine.machine.putting import (
    CONTEXT,
    key,
    put,
    put_approval,
    step_with,
    tally_of,
    with_values,
)
from engine.machine.state import STEP_ENDED, RunState, StepState, StepStatus, Tick
from engine.machine.undone import finished_without, leave


def entered(
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
        position=_position(state, event.path),
        looks_up=None if skipped else event.looks_up,  # type: ignore[union-attr]
    )
    if is_undo(step.path):
        return put(state, step)
    return put(state, step, latest={**state.latest, key(step): event.path})


def _position(state: RunState, path: str) -> int:
    """A step keeps its place among those that were come to, also on an undo anew."""
    known = state.steps.get(path)
    return known.position if known else len(state.steps) + 1


def _passed_by(state: RunState, event: e.StepSkipped, seq: int, at: float) -> RunState:
    """A person has let the run go on without a step it had come to."""
    if is_undo(event.path):
        state = leave(state, undone_by(event.path))
    return step_with(
        state,
        event.path,
        status=StepStatus.SKIPPED,
        passed_by=True,
        reason=event.reason,
        ended_at=at,
        wake_at=None,
        seq=seq,
    )


def started(state: RunState, event: e.AttemptStarted, seq: int, at: float) -> RunState:
    return step_with(
        state,
        event.path,
        status=StepStatus.RUNNING,
        attempt=event.attempt,
        runner=event.runner,
        started_at=at,
        ended_at=None,
        wake_at=None,
        awaits=None,
        seq=seq,
    )


def waiting(state: RunState, event: e.StepWaiting, seq: int, at: float) -> RunState:
    return step_with(
        state,
        event.path,
        status=StepStatus.WAITING,
        wake_at=event.until,
        awaits=event.awaits,
        seq=seq,
    )


def succeeded(
    state: RunState, event: e.StepSucceeded | e.StepReused, seq: int, at: float
) -> RunState:
    known = state.steps[event.path]
    asked, reused, approval, reason = "", known.reused, known.approval, ""
    if isinstance(event, e.StepSucceeded):
        reason = _marked(event)
        asked, reused = event.asked, event.earlier.run if event.earlier else ""
        approval = "" if known.offer else approval  # it is no gate that was answered
    step = replace(
        known,
        status=StepStatus.SUCCEEDED,
        output=event.output,
        artifact=event.artifact,
        code=event.code,
        approval=approval,
        offer=None,
        asked=asked,
        reused=reused,
        error=None,
        reason=reason,
        ended_at=at,
        wake_at=None,
        seq=seq,
    )
    if step.step == CONTEXT:
        context = with_values(state.context, event.output["values"])
        return put(state, step, context=context)
    if is_undo(step.path):
        return put(state, step)
    scope = scope_of(step.path)
    done = {**state.finished.get(scope, {}), step.step: step.path}
    return put(state, step, finished={**state.finished, scope: done})


def _marked(event: e.StepSucceeded) -> str:
    """Who marked it done, and why; empty where its attempt did it."""
    said = f" ({event.comment})" if event.comment else ""
    return f"marked by {event.by.name}{said}" if event.by else ""


def reused(state: RunState, event: e.StepReused, seq: int, at: float) -> RunState:
    approval = event.approval
    marked = step_with(
        state, event.path, reused=event.run, approval=approval.id if approval else ""
    )
    changed = succeeded(marked, event, seq, at)
    return put_approval(changed, approval) if approval else changed


def retrying(state: RunState, event: e.StepRetrying, seq: int, at: float) -> RunState:
    failures = state.steps[event.path].failures + (1 if event.counts else 0)
    return step_with(
        state,
        event.path,
        status=StepStatus.RETRYING,
        error=event.failure,
        failures=failures,
        fallback=event.fallback or state.steps[event.path].fallback,
        wake_at=event.at,
        seq=seq,
    )


def failed(state: RunState, event: e.StepFailed, seq: int, at: float) -> RunState:
    changed = step_with(
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


def interrupted(
    state: RunState, event: e.StepInterrupted, seq: int, at: float
) -> RunState:
    return step_with(
        state,
        event.path,
        status=StepStatus.INTERRUPTED,
        ended_at=None,
        wake_at=None,
        reason=event.reason,
        seq=seq,
    )


def resumed(state: RunState, event: e.StepResumed, seq: int, at: float) -> RunState:
    step = state.steps[event.path]
    return step_with(
        state,
        event.path,
        status=StepStatus.READY,
        ready_at=at,
        ended_at=None,
        wake_at=None,
        approval="",  # what it asked has been answered, or is asked anew
        offer=None,
        # A person's word starts the count of failures anew.
        failures=0 if event.by else step.failures,
        fallback=0 if event.by else step.fallback,
        reason="",
        seq=seq,
    )


def cancelled(state: RunState, event: e.StepCancelled, seq: int, at: float) -> RunState:
    """The arms of a step that is cancelled end with it."""
    arms = state.steps[event.path].arms
    if arms is not None:
        over = {"status": StepStatus.CANCELLED, "reason": event.reason, "ended_at": at}
        arms = {
            key: arm if arm.status in STEP_ENDED else replace(arm, **over)
            for key, arm in arms.items()
        }
    return step_with(
        state,
        event.path,
        status=StepStatus.CANCELLED,
        reason=event.reason,
        ended_at=at,
        wake_at=None,
        arms=arms,
        tally=tally_of(arms or {}),
        seq=seq,
    )


def undone(state: RunState, event: e.StepUndone, seq: int, at: float) -> RunState:
    changed = step_with(
        state, event.path, status=StepStatus.UNDONE, wake_at=None, seq=seq
    )
    return finished_without(changed, event.path)


def ticked(state: RunState, event: e.ItemTicked, seq: int, at: float) -> RunState:
    others = [t for t in state.steps[event.path].ticks if t.item != event.item]
    if not event.undone:
        others.append(Tick(event.item, event.text, event.by, at))
    return step_with(state, event.path, ticks=tuple(others), seq=seq)


def noted(state: RunState, event: e.RouteTaken, seq: int, at: float) -> RunState:
    return step_with(state, event.path, seq=seq)
