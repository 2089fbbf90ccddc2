"""A person's word on how a run goes on: skip, done, back to a step.

None of these leads around a gate: what asks is answered by those who may.
"""

from __future__ import annotations

from engine.definition.graph import FINALLY
from engine.definition.kinds import Approval
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.advance import advance, enter
from engine.machine.attempts import fail_lookup
from engine.machine.change import Change
from engine.machine.ends import cancel_active, fail_step, is_over
from engine.machine.evolve import CONTEXT
from engine.machine.guards import asked_anew, asks
from engine.machine.outdating import go_back_in_graph
from engine.machine.places import path_of, scope_of, typed
from engine.machine.plan import Plan
from engine.machine.putting import is_put_off
from engine.machine.requiring import require_reason, require_run, require_step
from engine.machine.retrying import revive
from engine.machine.state import (
    Actor,
    Failure,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)

# A step that stands still: nobody is at work on it, and it has not come to its end.
STILL = (
    StepStatus.READY,
    StepStatus.RETRYING,
    StepStatus.WAITING,
    StepStatus.INTERRUPTED,
    StepStatus.FAILED,
)
_GOING = (RunStatus.RUNNING, RunStatus.WAITING, RunStatus.PAUSED, RunStatus.FAILED)
_INSTEAD = {
    StepStatus.RUNNING: "; it is being done: pause the run, or go back to before it",
    StepStatus.CANCELLED: "; go back to it, or retry the run",
}


def skip(plan: Plan, change: Change, command: c.SkipStep) -> None:
    """Go on as if the step had succeeded without an output."""
    require_reason(command)
    step = _standing_still(plan, change, command.path, "skipped")
    _let_go_on(plan, change, step, command.by)
    skipped = e.StepSkipped(
        step.path, step.step, step.visit, command.reason, command.by
    )
    change.add(skipped, step.seq)
    advance(plan, change, step.path, blindly=True)


def resolve(plan: Plan, change: Change, command: c.ResolveStep) -> None:
    """What became of a step: a person says."""
    by, path = command.by, command.path
    match command.how:
        case "done":
            _done(plan, change, command)
        case "again":
            step = require_step(change.state, path, StepStatus.INTERRUPTED)
            change.add(e.StepResumed(step.path, by, command.comment), step.seq)
        case "fail":
            step = require_step(change.state, path, StepStatus.INTERRUPTED)
            words = f"{by.name} said it did not happen"
            failure = Failure("lost", command.comment or words)
            if is_put_off(step.path):
                fail_lookup(plan, change, step, failure, by)
            else:
                fail_step(plan, change, step.path, step.attempt, failure, by=by)
        case other:
            raise CommandRefused(f"`{other}` is not one of again, done, fail")


def _done(plan: Plan, change: Change, command: c.ResolveStep) -> None:
    step = _standing_still(plan, change, command.path, "marked done")
    if step.arms is not None:
        raise CommandRefused(f"{step.path} holds steps; mark those, or skip it")
    _let_go_on(plan, change, step, command.by)
    change.add(marked(step, command), step.seq)
    advance(plan, change, step.path)


def marked(step: StepState, command: c.ResolveStep) -> e.StepSucceeded:
    """A person's word that it is done, with what they said to it."""
    by, comment = command.by, command.comment
    return e.StepSucceeded(
        step.path, step.attempt, command.output, by=by, comment=comment
    )


def _standing_still(plan: Plan, change: Change, path: str, verb: str) -> StepState:
    """The step, if it can be gone on from. Gates are for their approvers."""
    state = change.state
    require_run(state, "gone on with", *_GOING)
    step = state.steps.get(path)
    if step is not None and step.status not in STILL:
        instead = _INSTEAD.get(step.status, "")
        raise CommandRefused(f"step {path} is {step.status}{instead}")
    step = require_step(state, path, *STILL)
    _require_no_gate(plan, state, step, verb)
    newest = state.newest(step.step, scope_of(path))
    if step.handled or step.outdated or newest is not step:
        raise CommandRefused(f"the run has gone on from {path} already")
    return step


def _require_no_gate(plan: Plan, state: RunState, step: StepState, verb: str) -> None:
    known = plan.steps.get(step.step)
    if known is None:
        raise CommandRefused(
            f"{step.path} is the context, and can't be {verb};"
            f" mend what it lacks, then `weir retry {state.id}`, or mark it --again"
        )
    if isinstance(known.do, Approval) or step.approval:
        what = f"`weir approve {step.approval}`" if step.approval else "they will be"
        raise CommandRefused(
            f"{step.path} is a gate, which its approvers decide, and can't be {verb};"
            f" ask them: {what}, or `weir withdraw` the question"
        )
    if asks(plan, known):
        raise CommandRefused(
            f"{step.path} holds a gate, and can't be {verb}; answer what it asks,"
            f" or `weir back {state.id} --to {typed(step.path)}` asks again"
        )


def _let_go_on(plan: Plan, change: Change, step: StepState, by: Actor) -> None:
    """What the step stands in goes on with it, where it had failed."""
    failed = change.state.status is RunStatus.FAILED
    if step.status is StepStatus.FAILED or failed:
        revive(plan, change, step.path, by)
    elif is_over(change, scope_of(step.path)):
        raise CommandRefused(f"what {step.path} stands in has ended")


def go_back(plan: Plan, change: Change, command: c.GoBack) -> None:
    """Come to a step again, as a new visit; what is active in its list is ended.

    In a graph that is what depends on it.
    """
    state = change.state
    require_run(state, "taken back", *_GOING)
    scope = scope_of(command.to)
    step_id = command.to.removeprefix(scope).partition("#")[0]
    step = _visited(state, step_id, scope, command.to)
    _require_a_way_back(plan, state, step)
    said = f": {command.comment}" if command.comment else ""
    reason = f"{command.by.name} went back to {scope}{step_id}{said}"
    if plan.in_graph(step_id):
        go_back_in_graph(plan, change, step, command, reason)
        return
    if state.ended or is_over(change, scope):
        revive(plan, change, step.path, command.by, back=True)
    cancel_active(change, scope, reason)
    to = path_of(step_id, step.visit + 1, scope)
    change.add(e.WentBack(to, command.by, command.comment), step.seq)
    enter(plan, change, step_id, scope)
    change.scopes[scope] = None


def _visited(state: RunState, step_id: str, scope: str, asked: str) -> StepState:
    newest = state.newest(step_id, scope)
    if newest is None or step_id == CONTEXT:
        own = (step.path for step in state.steps.values() if step.step != CONTEXT)
        known = ", ".join(own) or "none yet"
        raise CommandRefused(f"{asked} was never visited; visited are {known}")
    return newest


def _require_a_way_back(plan: Plan, state: RunState, step: StepState) -> None:
    inside = plan.node(step.step).inside
    if inside == FINALLY or (state.ending and not state.ended):
        raise CommandRefused(
            f"run {state.id} has come to its end; what is done there is done in order"
        )
    most = plan.steps[step.step].max_visits
    if step.visit >= most:
        raise CommandRefused(f"{step.step} was visited {most} times, its max_visits")
    gate = "" if plan.in_graph(step.step) else asked_anew(plan, state, step)
    if gate:
        raise CommandRefused(
            f"{step.path} stands behind {gate}, which the run comes to again;"
            f" go back to {gate}, or to what leads to it"
        )
