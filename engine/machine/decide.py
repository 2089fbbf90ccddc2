"""What follows from a request. The only place where a run's rules say no.

`decide` looks at the state and the command, and answers with events or with
CommandRefused. It does no IO: time and ids arrive in the command.
"""

from __future__ import annotations

from typing import assert_never

from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.advance import advance, begin, conclude
from engine.machine.attempts import fail_attempt
from engine.machine.change import Change
from engine.machine.children import begin_child, go_on_with_child, report_child
from engine.machine.ends import cancel_scope
from engine.machine.evolve import CONTEXT
from engine.machine.gate import decide_approval, request, withdraw
from engine.machine.looking_up import go_on, look_up
from engine.machine.places import RUN, is_undo
from engine.machine.plan import Plan
from engine.machine.putting import is_put_off
from engine.machine.requiring import require_attempt, require_run, require_step
from engine.machine.retrying import retry
from engine.machine.reusing import reuse
from engine.machine.rollback import (
    go_on_after,
    resolve_undo,
    roll_back,
    skip_undo,
    stop_undoing,
    undone,
)
from engine.machine.safety import is_safe
from engine.machine.setting import set_context
from engine.machine.silence import time_has_come
from engine.machine.spent import deadline_of, run_out
from engine.machine.state import Failure, RunState, RunStatus, StepStatus
from engine.machine.steering import go_back, resolve, skip
from engine.machine.ticking import tick
from engine.machine.waiting import begin_wait, end_wait, report_awaited

# A step that took its runner down this often is not tried again by itself.
MOST_LOST = 3
# What becomes ready in these is begun.
_TAKING = (RunStatus.RUNNING, RunStatus.ROLLING_BACK)


def decide(
    plan: Plan,
    state: RunState | None,
    command: c.Command,
    now: float,
    newer: Plan | None = None,
) -> Change:
    """The events that follow from a command.

    `newer` is the plan of the version that AdoptVersion names. Raises CommandRefused
    when the run does not allow it, and InvalidValues when what a person typed does not
    fit.
    """
    change = Change(state, now)
    if isinstance(command, c.StartRun):
        _start(plan, change, state, command)
    elif state is None:
        raise CommandRefused("there is no such run")
    elif isinstance(command, c.AdoptVersion):
        from engine.machine.adopting import adopt  # reads templates, as few acts do

        assert newer is not None
        adopt(plan, newer, change, command)
        look_up(newer, change)
        return change
    else:
        _answer(plan, change, command)
    conclude(plan, change)
    look_up(plan, change)
    return change


def _answer(plan: Plan, change: Change, command: c.Command) -> None:
    match command:
        case c.StartAttempt():
            _start_attempt(change, command.path, command.runner)
        case c.ReportSuccess():
            _report_success(plan, change, command)
        case c.ReportFailure():
            _report_failure(plan, change, command)
        case c.ReportLost():
            _report_lost(plan, change, command)
        case c.RequestApproval():
            require_attempt(change.state, command)
            request(plan, change, command)
        case c.BeginWait():
            begin_wait(change, command)
        case c.ReportAwaited():
            report_awaited(plan, change, command)
        case c.BeginChild():
            require_attempt(change.state, command)
            begin_child(plan, change, command)
        case c.ReportChild():
            report_child(plan, change, command)
        case c.GoOnWithChild():
            go_on_with_child(plan, change, command)
        case c.DecideApproval():
            decide_approval(plan, change, command)
        case c.WithdrawApproval():
            withdraw(plan, change, command)
        case c.FireTimer(path):
            _fire(plan, change, path)
        case c.ResolveStep(path=path) if is_undo(path):
            resolve_undo(plan, change, command)
        case c.ResolveStep():
            resolve(plan, change, command)
        case c.SkipStep(path=path) if is_undo(path):
            skip_undo(plan, change, command)
        case c.SkipStep():
            skip(plan, change, command)
        case c.GoBack():
            go_back(plan, change, command)
        case c.SetContext():
            set_context(plan, change, command)
        case c.TickItem():
            tick(plan, change, command)
        case c.RollBack():
            roll_back(plan, change, command)
        case c.RetryRun():
            _retry(plan, change, command)
        case c.PauseRun(by, comment):
            require_run(change.state, "paused", RunStatus.RUNNING, RunStatus.WAITING)
            change.add(e.RunPaused(by, comment))
        case c.ResumeRun(by):
            require_run(change.state, "resumed", RunStatus.PAUSED)
            change.add(e.RunResumed(by))
        case c.CancelRun():
            _cancel(plan, change, command)
        case c.StartRun() | c.AdoptVersion():
            raise ValueError(f"{type(command).__name__} is answered by `decide`")
        case _:
            assert_never(command)


def _start(
    plan: Plan, change: Change, state: RunState | None, command: c.StartRun
) -> None:
    if state is not None:
        raise CommandRefused("the run has already started")
    change.add(
        e.RunStarted(
            command.run,
            plan.workflow.name,
            command.version,
            command.by,
            command.inputs,
            command.pins,
            command.project,
            command.provider,
            command.parent,
            deadline_of(plan, change.now),
            command.fork,
            command.variant,
            command.occasion,
            command.cassette,
        ),
        cause=0,
    )
    if plan.workflow.context:
        change.add(e.StepReady(CONTEXT, CONTEXT, looks_up=plan.needs.first))
    else:
        begin(plan, change)
    if command.kept:
        reuse(plan, change, command.kept)


def _start_attempt(change: Change, path: str, runner: str) -> None:
    state = change.state
    going = (RunStatus.RUNNING, RunStatus.WAITING, RunStatus.ROLLING_BACK)
    require_run(state, "gone on with", *going)
    step = require_step(state, path, StepStatus.READY)
    started = e.AttemptStarted(path, step.attempt + 1, runner, step.approved)
    change.add(started, step.seq)


def _report_success(plan: Plan, change: Change, command: c.ReportSuccess) -> None:
    step = require_attempt(change.state, command)
    succeeded = e.StepSucceeded(
        command.path,
        command.attempt,
        command.output,
        command.artifact,
        command.usage,
        code=command.code,
        asked=command.asked,
        earlier=command.earlier,
    )
    change.add(succeeded, step.seq)
    if is_put_off(step.path):
        go_on(plan, change)
    elif step.step == CONTEXT:
        begin(plan, change)
    elif is_undo(step.path):
        undone(plan, change, step.path)
    else:
        advance(plan, change, step.path)
    conclude(plan, change)  # the end of an arm may be what makes a step ready
    look_up(plan, change)
    if command.take and change.state.status in _TAKING:
        for ready in change.state.active:
            if ready.status is StepStatus.READY:
                _start_attempt(change, ready.path, command.take)
                return  # one done, one taken: the runner's limit holds


def _report_failure(plan: Plan, change: Change, command: c.ReportFailure) -> None:
    step = require_attempt(change.state, command)
    fail_attempt(plan, change, step, command.failure, command.usage)


def _report_lost(plan: Plan, change: Change, command: c.ReportLost) -> None:
    step = require_attempt(change.state, command)
    lost_before = step.attempt - 1 - step.failures
    if is_safe(plan.steps.get(step.step)) and lost_before < MOST_LOST:
        change.add(
            e.StepRetrying(
                command.path,
                command.attempt,
                Failure("lost", command.why),
                change.now,
                counts=False,
            ),
            step.seq,
        )
        change.add(e.StepResumed(command.path))
        return
    interrupted = e.StepInterrupted(command.path, command.attempt, command.why)
    change.add(interrupted, step.seq)


def _fire(plan: Plan, change: Change, path: str) -> None:
    if path == RUN:
        run_out(plan, change)
        return
    state = change.state
    step = state.steps.get(path)
    if step is None or step.wake_at is None:
        raise CommandRefused(f"{path} waits for no time")
    if change.now < step.wake_at:
        left = step.wake_at - change.now
        raise CommandRefused(f"the time of {path} comes in {left:.0f} s")
    if step.status is StepStatus.RETRYING:
        change.add(e.StepResumed(path), step.seq)
    elif step.approval:
        time_has_come(plan, change, step)
    else:
        end_wait(plan, change, step)


def _retry(plan: Plan, change: Change, command: c.RetryRun) -> None:
    if change.state.status is RunStatus.ROLLED_BACK:
        go_on_after(plan, change, command.by)
        return
    ended = RunStatus.CANCELLED if command.revive else RunStatus.FAILED
    require_run(change.state, "retried", ended)
    retry(plan, change, command)


def _cancel(plan: Plan, change: Change, command: c.CancelRun) -> None:
    """End the run; of one that is undone, what undoes a step just now."""
    if change.state.status is RunStatus.ROLLING_BACK:
        stop_undoing(change, command)
        return
    alive = (RunStatus.RUNNING, RunStatus.WAITING, RunStatus.PAUSED)
    require_run(change.state, "cancelled", *alive)
    said = f": {command.comment}" if command.comment else ""
    reason = f"cancelled by {command.by.name}{said}"
    cancel_scope(plan, change, RUN, reason, command.by)
