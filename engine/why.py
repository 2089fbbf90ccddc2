"""Why a run stands where it does, in one sentence, and what is typed to move it."""

from __future__ import annotations

from collections.abc import Iterable

from engine.answers import answers, commands_of
from engine.handle import Engine
from engine.machine.failing import failed_by, may_again
from engine.machine.gate import approvers_of, gate_of
from engine.machine.places import RUN, is_undo, undone_by
from engine.machine.plan import Plan
from engine.machine.state import (
    ApprovalStatus,
    Awaited,
    ContextAwaited,
    DecisionAwaited,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)
from engine.machine.waiting import lacking, words_of
from engine.spans import age, left
from store import logs

OURS = "info"  # the stream of a log that is Weir's own
_TOLD = 5  # steps that are told; a loop may have hundreds

_END = {
    RunStatus.SUCCEEDED: "succeeded",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "been cancelled",
    RunStatus.ROLLED_BACK: "been rolled back",
}


def why(engine: Engine, run_id: str) -> str:
    """One sentence: what the run waits for, since when, and who can move it."""
    state = engine.load(run_id)
    if state.ended:
        then = _after(engine.plan_of(state), state)
        return f"{run_id} has {_END[state.status]}{_because(state)}{then}"
    if state.status is RunStatus.PAUSED:
        return _why_paused(engine, state)
    said = _why_active(engine, state)
    if state.rollback and state.status is RunStatus.ROLLING_BACK:
        to = f" to {state.rollback.to}" if state.rollback.to else ""
        at_work = any(step.status is StepStatus.RUNNING for step in state.active)
        ends = f"; `weir cancel {run_id}` ends that and asks" if at_work else ""
        return f"{run_id} is being rolled back{to}: {said}{ends}"
    if state.ending:
        how = f"{_END[RunStatus(state.ending.outcome)]}{_said(state.ending.reason)}"
        return f"{run_id} has {how}; what is done at its end: {said}"
    return said


def after(engine: Engine, run_id: str) -> str:
    """What goes on with a run that has ended; "" where nothing does."""
    state = engine.load(run_id)
    return _after(engine.plan_of(state), state).removeprefix("; ")


def finishing(engine: Engine, state: RunState) -> list[tuple[str, StepState]]:
    """The steps, each with its run, that a paused run and those in it still finish."""
    found = [
        (state.id, step)
        for step in state.active
        if step.status is StepStatus.RUNNING and step.arms is None
    ]
    for step in state.active:
        if step.child and step.status is StepStatus.WAITING:
            found += finishing(engine, engine.load(step.child))
    return found


def _why_paused(engine: Engine, state: RunState) -> str:
    after = f"`weir resume {state.id}` goes on"
    left = finishing(engine, state)
    if not left:
        return f"{state.id} is paused{_because(state)}; {after}"
    names = ", ".join(step.path for _, step in left[:_TOLD])
    more = f" and {len(left) - _TOLD} more" if len(left) > _TOLD else ""
    return (
        f"{state.id} is pausing{_because(state)}: {names}{more} will still finish,"
        f" and nothing new begins; {after}"
    )


def _why_active(engine: Engine, state: RunState) -> str:
    plan = engine.plan_of(state)
    now = engine.clock()
    working = [step for step in state.active if step.arms is None]
    if lacks := {step.path for step, _ in lacking(state)}:
        working = [step for step in working if step.path not in lacks]
    said = [
        _why_child(engine, step)
        if step.child and step.status is StepStatus.WAITING
        else _why_step(plan, state, step, now) + _said_of_itself(engine, state.id, step)
        for step in working[:_TOLD]
    ]
    if len(working) > _TOLD:
        said.append(f"and so do {len(working) - _TOLD} more")
    if lacks:
        said.insert(0, _why_lacking(plan, state))
    return "; ".join(said) if said else f"{state.id} has nothing left to do"


def _said_of_itself(engine: Engine, run: str, step: StepState) -> str:
    """What stands last in the log of a step at work, if nobody but Weir said it.

    As that a model has no turn for it yet, or an address has not answered.
    """
    if step.status is not StepStatus.RUNNING:
        return ""
    last = logs.tail(engine.database, run, 1, step.path)
    ours = [
        e.text.strip() for e in last if (e.stream, e.attempt) == (OURS, step.attempt)
    ]
    return f"; its log ends: {ours[0]}" if ours and ours[0] else ""


def _why_child(engine: Engine, step: StepState) -> str:
    return f"{step.path} waits for run {step.child}, where {why(engine, step.child)}"


def _after(plan: Plan, state: RunState) -> str:
    """What goes on with a run that failed, or was rolled back."""
    if state.status is RunStatus.FAILED:
        step = failed_by(plan, state, RUN)
        again = step is not None and may_again(plan, state, step)
        retry = f"`weir retry {state.id}"
        goes = f"; {retry}` goes on from there, {retry} --newest` by its file as it is"
        return goes if again else ""
    if state.status is not RunStatus.ROLLED_BACK:
        return ""
    to = state.rollback.to if state.rollback else ""
    return f"; `weir retry {state.id}` {f'goes on after {to}' if to else 'begins anew'}"


def _because(state: RunState) -> str:
    return _said(state.reason)


def _said(reason: str) -> str:
    return f": {reason}" if reason else ""


def _why_step(plan: Plan, state: RunState, step: StepState, now: float) -> str:
    match step.status:
        case StepStatus.WAITING if step.approval:
            return _why_gate(plan, state, step, now)
        case StepStatus.WAITING if isinstance(step.awaits, ContextAwaited):
            return f"{step.path} waits for {words_of(step.awaits)}"
        case StepStatus.WAITING if step.awaits:
            return (
                f"{step.path} waits for {words_of(step.awaits)}, and gives up"
                f" {_in(step.wake_at, now)}{_more(step.awaits)}"
            )
        case StepStatus.WAITING:
            return f"{step.path} waits {_in(step.wake_at, now)}"
        case StepStatus.RETRYING:
            error = step.error.message if step.error else "its attempt failed"
            return f"{step.path} is tried again {_in(step.wake_at, now)}: {error}"
        case StepStatus.INTERRUPTED if is_undo(step.path):
            return (
                f"{undone_by(step.path)} is not undone ({step.reason}); you say:"
                f" `{commands_for(plan, state, step.path, now)}`"
            )
        case StepStatus.INTERRUPTED:
            return (
                f"{step.path} may or may not have happened ({step.reason}); you say:"
                f" `{commands_for(plan, state, step.path, now)}`"
            )
        case StepStatus.READY:
            ready = age(now - step.ready_at)
            return (
                f"{step.path} has been ready for {ready} and waits for a runner;"
                " `weir runner status` tells if one is awake"
            )
        case _:
            spent = age(now - (step.started_at or step.ready_at))
            return f"{step.path} is being done, attempt {step.attempt}, for {spent} now"


def _more(awaited: Awaited) -> str:
    """Where it is told what holds up what is waited for."""
    if isinstance(awaited, DecisionAwaited):
        return f"; `weir why {awaited.run}` tells more"
    return ""


def _why_gate(plan: Plan, state: RunState, step: StepState, now: float) -> str:
    approval = state.approvals[step.approval]
    gate = gate_of(plan, step)
    needed = gate.required - len(approval.decisions)
    who = ", ".join(approvers_of(gate, approval)) or "anyone here"
    number = f"{needed} of " if gate.required > 1 else ""
    words = (
        f"{step.path} waits for a decision by {number}{who}"
        f" for {age(now - approval.requested_at)}: `weir approve {approval.id}`"
    )
    if approval.status is ApprovalStatus.PENDING:
        times = (
            (approval.remind_at, "is told of again"),
            (approval.escalate_at, "is escalated"),
            (approval.deadline, late(gate.on_timeout)),
        )
        told = [f"{what} {_in(at, now)}" for at, what in times if at is not None]
        words += f" ({'; '.join(told)})" if told else ""
    return words


def late(on_timeout: str | None) -> str:
    """What happens at a deadline, as it stands in a sentence."""
    if on_timeout and on_timeout.startswith("route:"):
        return f"goes to {on_timeout.removeprefix('route:')}"
    return {"fail": "fails", "remind": "is asked again"}.get(
        on_timeout or "", "expires"
    )


def _in(at: float | None, now: float) -> str:
    return f"in {left((at or now) - now)}"


def _why_lacking(plan: Plan, state: RunState) -> str:
    """What all the steps that lack something wait for, in one sentence."""
    from engine.machine.missing import missing  # Jinja's parser

    lack = missing(plan, state)
    told = "; ".join(each.told for each in lack.values)
    why = f" ({lack.why})" if lack.why else ""
    return f"{lack.waits} of {told}{why}; you say: `{fills(state.id, lack.names)}`"


def fills(run: str, names: Iterable[str]) -> str:
    """The command that gives the values, all at once."""
    return f"weir fill {run} {' '.join(f'{name}=…' for name in names)}"


def commands_for(plan: Plan, state: RunState, path: str, now: float) -> str:
    """The commands by which a person says what became of a step."""
    said = commands_of(state.id, path, answers(plan, state, path, now))
    return " | ".join(f"weir {command}" for command in said)
