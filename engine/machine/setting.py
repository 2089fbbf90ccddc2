"""Another value for the context of a run, where no approval stands on the one before.

A gate is bound to what it showed. One that is open asks again when a value it shows
changes. Where one was approved and what follows is still to be done, or was, a value
that it showed stays as it was approved, until the run comes to the gate again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.definition.kinds import Approval
from engine.definition.words import kind_of
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.evolve import CONTEXT
from engine.machine.fitting import lacks, unfit_in
from engine.machine.guards import is_ahead
from engine.machine.held_up import found, lookups
from engine.machine.places import RUN, arm_of, scope_of, typed
from engine.machine.plan import Plan
from engine.machine.putting import is_within, value_at
from engine.machine.requiring import require_run
from engine.machine.state import (
    STEP_ACTIVE,
    ApprovalState,
    ApprovalStatus,
    Json,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)
from engine.machine.waiting import lacking

if TYPE_CHECKING:
    from engine.machine.readings import Name

_GOING = (RunStatus.RUNNING, RunStatus.WAITING, RunStatus.PAUSED, RunStatus.FAILED)


def set_context(plan: Plan, change: Change, command: c.SetContext) -> None:
    """Give context values anew, each of the kind that is there, and as steps require
    it: all of them or none.
    """
    from engine.machine.readings import shown_by  # Jinja's parser, for who sets a value

    before = change.state
    require_run(before, "given a value", *_GOING)
    awaited = lacking(before)
    if not any(step.step == CONTEXT for step, _ in awaited):
        _require_context(before)
    there = found(plan, before)
    for name, value in command.values.items():
        _require_name(plan, name)
        asked = (each for _, awaits in awaited for each in awaits.names)
        if not any(is_within(name, each) for each in asked):
            _require_settled(plan, before, name, there)
            _require_kind(name, value_at(change.state.context, name), value)
        if wrong := next(unfit_in(plan.workflow, {name: value}), ""):
            raise CommandRefused(wrong)
        change.add(e.ContextSet(name, value, command.by))
    for step in before.steps.values():
        known = plan.steps.get(step.step)
        if known is None or not isinstance(known.do, Approval):
            continue
        names = [n for n in shown_by(known) if _differs(before, change.state, n)]
        if names:
            _heed(plan, change, step, ".".join(min(names)), command)
    given = change.state.context
    for step, awaits in awaited:
        if not any(lacks(plan.workflow, given, name) for name in awaits.names):
            change.add(e.StepResumed(step.path, command.by), step.seq)


def _heed(
    plan: Plan, change: Change, gate: StepState, shown: str, command: c.SetContext
) -> None:
    """Ask again at a gate that shows another value now; refuse it after a yes."""
    state = change.state
    if gate.status is StepStatus.RUNNING:
        raise CommandRefused(
            f"{gate.path} shows `{shown}` and is about to ask; set it in a moment,"
            " when it has asked, and it asks again"
        )
    approval = state.approvals.get(gate.approval)
    if approval is None:
        return
    if approval.status is ApprovalStatus.APPROVED and still_rests(plan, state, gate):
        whom = " and ".join(decision.by.name for decision in approval.decisions)
        raise CommandRefused(
            f"`{shown}` was shown at {gate.path}, which {whom} approved;"
            f" {how_to_ask(plan, state, gate)}"
        )
    if approval.status is ApprovalStatus.PENDING:
        _ask_again(change, approval, shown, command)


def _ask_again(
    change: Change, approval: ApprovalState, shown: str, command: c.SetContext
) -> None:
    """Take the question back, with the decisions made so far, and put it anew."""
    said = f"`{shown}`, which it shows, was set anew"
    withdrawn = e.ApprovalWithdrawn(approval.id, approval.path, command.by, said)
    change.add(withdrawn, change.state.seq)
    change.add(e.StepResumed(approval.path, command.by, said))


def still_rests(plan: Plan, state: RunState, gate: StepState) -> bool:
    """Whether what follows a gate still rests on its answer.

    Not once the run was taken back to it, or to what can only lead to it again; the
    same of all that the gate stands in.
    """
    scope = scope_of(gate.path)
    if state.finished.get(scope, {}).get(gate.step) != gate.path:
        return False
    step = gate
    while True:
        newest = state.newest(step.step, scope)
        passed_by = newest is not None and newest.status is StepStatus.SKIPPED
        past = is_ahead(plan, state, step) or step.outdated
        if not (newest is step or passed_by) or past:
            return False
        if scope == RUN:
            return True
        step = state.steps[arm_of(scope)[0]]
        scope = scope_of(step.path)


def how_to_ask(plan: Plan, state: RunState, gate: StepState) -> str:
    """The command that lets the run ask once more, so that the value can be set."""
    step = gate
    while (scope := scope_of(step.path)) != RUN:
        container = state.steps[arm_of(scope)[0]]
        if container.status in STEP_ACTIVE:
            break
        step = container
    where = typed(step.path)
    if state.ending:
        return f"`weir fork {state.id} --from {where}` begins a run that asks again"
    return f"`weir back {state.id} --to {where}` asks again"


def asked_again(before: RunState, after: RunState) -> list[str]:
    """The gates that a value set between these states let ask anew, by path."""
    return [
        approval.path
        for approval in before.approvals.values()
        if approval.status is ApprovalStatus.PENDING
        and after.approvals[approval.id].status is ApprovalStatus.WITHDRAWN
    ]


def _differs(before: RunState, after: RunState, name: Name) -> bool:
    """Whether what a template reads by this name is another value now."""
    return bool(_read(before.context, name) != _read(after.context, name))


def _read(value: Json, name: Name) -> Json:
    """What stands there, or the value in which there is nothing more to go into."""
    for part in name:
        if not isinstance(value, dict):
            return value
        value = value.get(part)
    return value


def _require_context(state: RunState) -> None:
    filled = state.steps.get(CONTEXT)
    if filled is None or filled.status is not StepStatus.SUCCEEDED:
        what = "has no context" if filled is None else "has not filled its context yet"
        raise CommandRefused(f"run {state.id} {what}, so there is nothing to set")


def _require_name(plan: Plan, name: str) -> None:
    known = plan.workflow.context
    if not any(is_within(name, each) for each in known):
        names = ", ".join(known)
        raise CommandRefused(f"the context has no `{name}`; it has {names}")


def _kind(value: Json) -> str:
    return "true or false" if isinstance(value, bool) else kind_of(value)


def _require_settled(plan: Plan, state: RunState, name: str, there: set[str]) -> None:
    """Refuse a value for what is being looked up, or for a part of what will be."""
    for each in plan.workflow.context.keys() - there:
        if any(each in (lookup.looks_up or ()) for lookup in lookups(state)):
            if is_within(name, each):
                raise CommandRefused(f"`{each}` is being looked up; set it in a moment")
        elif name.startswith(f"{each}."):
            raise CommandRefused(
                f"`{each}` is looked up when a step needs it; give all of it, or wait"
            )


def _require_kind(name: str, now: Json, value: Json) -> None:
    before, after = _kind(now), _kind(value)
    if now is not None and value is not None and before != after:
        raise CommandRefused(f"`{name}` is {before}, and this is {after}")
