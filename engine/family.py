"""What a change of one run means for the runs above and below it.

A run that a step of another has started is its child. Their changes are one
transaction: no child without its step, no end of a child that its step never hears of.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.children import parent_of
from engine.machine.places import is_undo
from engine.machine.plan import Plan
from engine.machine.scope import outputs_of
from engine.machine.state import (
    Actor,
    Cassette,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)

Asked = tuple[str, c.Command]

_ENDS = frozenset((e.RunSucceeded, e.RunFailed, e.RunCancelled, e.RunRolledBack))
_HEARD = frozenset(
    (
        e.ChildStarted,
        e.ChildUndoing,
        e.ChildRetried,
        e.RunRetried,
        e.StepCancelled,
        e.StepSkipped,
        e.RunPaused,
        e.RunResumed,
    )
)


def consequences(plan: Plan, change: Change) -> Iterator[Asked]:
    """The commands to other runs that follow from a change, in order."""
    state = change.state
    for event in _heard(change):
        match event:
            case e.ChildStarted() as begun:
                yield begun.run, _start(state, begun)
                yield from _paused_too(state, begun.run)
            case e.ChildUndoing(run=child):
                # What an arm that was not needed has started ends as any run does.
                patient = state.status is not RunStatus.ROLLING_BACK
                yield child, c.RollBack("", _by(state.id), above=True, patient=patient)
            case e.ChildRetried(run=child, revived=revived, own=own):
                if not own:
                    yield child, c.RetryRun(_by(state.id), revive=revived)
                yield from _paused_too(state, child)
            case e.RunRetried(by=by) if state.parent:
                above = state.parent
                if by != _by(above.run):
                    yield above.run, c.GoOnWithChild(above.path, state.id, by)
            case e.StepCancelled(path, reason) if _ends_below(state, path):
                child = state.steps[path].child
                yield child, c.CancelRun(_by(state.id), reason)
            case e.StepSkipped(path=path) | e.StepSucceeded(path=path):
                if path in state.steps and (child := state.steps[path].child):
                    yield child, c.CancelRun(_by(state.id), "its step was gone on from")
            case e.RunPaused(by, comment):
                yield from ((s.child, c.PauseRun(by, comment)) for s in _open(state))
            case e.RunResumed(by):
                yield from ((s.child, c.ResumeRun(by)) for s in _open(state))
    if state.parent and any(type(x.event) in _ENDS for x in change.entries):
        yield state.parent.run, _report(plan, state)


def _ends_below(state: RunState, path: str) -> bool:
    """Whether the run that a step started ends with it. Undoing one is let finish."""
    return bool(state.steps[path].child) and not is_undo(path)


def _heard(change: Change) -> Iterator[e.AnyEvent]:
    """What may be heard of elsewhere: little of what happens."""
    for entry in change.entries:
        event = entry.event
        marked = type(event) is e.StepSucceeded and event.by is not None
        if marked or type(event) in _HEARD:
            yield event


def _paused_too(state: RunState, child: str) -> Iterator[Asked]:
    if state.status is RunStatus.PAUSED:
        yield child, c.PauseRun(_by(state.id), f"run {state.id} is paused")


def _start(state: RunState, begun: e.ChildStarted) -> c.StartRun:
    return c.StartRun(
        begun.run,
        begun.inputs,
        begun.version,
        state.pins,
        state.by,
        state.project,
        state.provider,
        parent_of(state, begun.path),
        cassette=_cassette(state, begun.path),
    )


def _cassette(state: RunState, path: str) -> Cassette | None:
    """The same, in which the run that a step starts stands below the step."""
    if state.cassette is None:
        return None
    return replace(state.cassette, inside=f"{state.cassette.inside}{path}/")


def _report(plan: Plan, state: RunState) -> c.ReportChild:
    assert state.parent is not None
    return c.ReportChild(
        state.parent.path,
        state.id,
        state.status.value,
        outputs_of(plan, state),
        state.reason,
    )


def _open(state: RunState) -> Iterator[StepState]:
    for step in state.active:
        if step.child and step.status is StepStatus.WAITING:
            yield step


def _by(run: str) -> Actor:
    """The run above: who asked it is in its own history."""
    return Actor(f"run {run}", via="runner")
