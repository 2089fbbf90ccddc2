"""What events of a whole run mean to its state."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from engine.machine import events as e
from engine.machine.places import scope_of
from engine.machine.putting import standing, with_value
from engine.machine.state import RunState, RunStatus, StepStatus
from engine.machine.undone import begun_again, gone_back_over, outdate, without_the_rest


def begun(event: e.RunStarted, seq: int, at: float) -> RunState:
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
        fork=event.fork,
        variant=event.variant,
        occasion=event.occasion,
        cassette=event.cassette,
        deadline=event.deadline,
        seq=seq,
        updated_at=at,
    )


def rolling_back(
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


def rolled_back(
    state: RunState, event: e.RunRolledBack, seq: int, at: float
) -> RunState:
    ended = replace(state, status=RunStatus.ROLLED_BACK, ended_at=at)
    return without_the_rest(ended)


def went_back(state: RunState, event: e.WentBack, seq: int, at: float) -> RunState:
    """What had failed in the list is not what holds it up any more.

    In a graph it is what is outdated that no longer counts.
    """
    if event.outdated:
        return outdate(state, event.outdated)
    scope = scope_of(event.to)
    state = gone_back_over(state, event.to)
    passed = {
        path: replace(step, handled=True)
        for path, step in state.steps.items()
        if step.status is StepStatus.FAILED and scope_of(path) == scope
    }
    return replace(state, steps={**state.steps, **passed})


def context_set(state: RunState, event: e.ContextSet, seq: int, at: float) -> RunState:
    context = with_value(state.context, event.name.split("."), event.value)
    given = (*(name for name in state.given if name != event.name), event.name)
    return replace(state, context=context, given=given)


def paused(state: RunState, event: e.RunPaused, seq: int, at: float) -> RunState:
    return replace(state, status=RunStatus.PAUSED, reason=event.comment)


def adopted(state: RunState, event: e.VersionAdopted, seq: int, at: float) -> RunState:
    return replace(state, version=event.version, pins=event.pins, inputs=event.inputs)


def gone_on(
    state: RunState, event: e.RunResumed | e.RunRetried, seq: int, at: float
) -> RunState:
    running = replace(state, status=RunStatus.RUNNING, reason="", ended_at=None)
    if state.status is RunStatus.ROLLED_BACK and state.rollback:
        running = begun_again(running, state.rollback.to)
    if isinstance(event, e.RunRetried):
        fresh = {"kind": "", "ending": None, "deadline": event.deadline}
        running = replace(running, **fresh, rollback=None)
    return replace(running, status=standing(running.steps, running.live))


def ending(state: RunState, event: e.FinallyStarted, seq: int, at: float) -> RunState:
    ending = event.ending
    # Who cancels a paused run wants its end; so does the time that is up.
    ends = ending.outcome is RunStatus.CANCELLED or ending.kind == "timeout"
    paused = state.status is RunStatus.PAUSED and not ends
    status = RunStatus.PAUSED if paused else RunStatus.RUNNING
    return replace(state, status=status, ending=ending, deadline=None)


def ended(
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
