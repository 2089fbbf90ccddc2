"""A step that is another run: its beginning, and what its end means here."""

from __future__ import annotations

from engine.definition.kinds import SubRun
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.advance import advance
from engine.machine.change import Change
from engine.machine.ends import fail_step
from engine.machine.places import undo_of
from engine.machine.plan import Plan
from engine.machine.retrying import revive
from engine.machine.rollback import undone
from engine.machine.state import Failure, Parent, RunState, RunStatus, StepStatus

DEEPEST = 10  # runs inside of runs: more is a workflow that runs itself


def begin_child(plan: Plan, change: Change, command: c.BeginChild) -> None:
    """Say which run is started; it begins in the same transaction."""
    state = change.state
    step = state.steps[command.path]
    child = plan.steps[step.step].do
    assert isinstance(child, SubRun)
    if state.parent is not None and state.parent.depth >= DEEPEST:
        words = f"{DEEPEST} runs stand inside of each other; no deeper"
        failure = Failure("limit", words, retryable=False)
        fail_step(plan, change, step.path, command.attempt, failure)
        return
    change.add(
        e.ChildStarted(
            command.path,
            command.attempt,
            command.child,
            child.workflow,
            state.pins[f"workflow/{child.workflow}"],
            command.inputs,
        ),
        step.seq,
    )


def parent_of(state: RunState, path: str) -> Parent:
    """What a run that a step of this one starts says of where it came from."""
    if state.parent is None:
        return Parent(state.id, path, state.id)
    return Parent(state.id, path, state.parent.root, state.parent.depth + 1)


def report_child(plan: Plan, change: Change, command: c.ReportChild) -> None:
    if command.status == RunStatus.ROLLED_BACK:
        _report_rolled_back(plan, change, command)
        return
    undoing = change.state.steps.get(undo_of(command.path))
    if undoing is not None and undoing.status is StepStatus.WAITING:
        # It was at its end when it was to be rolled back.
        change.add(e.ChildUndoing(undoing.path, command.child), undoing.seq)
        return
    step = change.state.steps.get(command.path)
    waits = step is not None and step.status is StepStatus.WAITING
    if step is None or not waits or step.child != command.child:
        raise CommandRefused(f"{command.path} does not wait for {command.child}")
    if command.status == RunStatus.SUCCEEDED:
        output = {"run": command.child, "outputs": command.output}
        change.add(e.StepSucceeded(step.path, step.attempt, output), step.seq)
        advance(plan, change, step.path)
        return
    said = f": {command.reason}" if command.reason else ""
    failure = Failure("run", f"run {command.child} {command.status}{said}", "", False)
    fail_step(plan, change, step.path, step.attempt, failure)


def go_on_with_child(plan: Plan, change: Change, command: c.GoOnWithChild) -> None:
    """Let go on what stands around a run that goes on again; refused after a no."""
    step = change.state.steps[command.path]
    if step.status is not StepStatus.FAILED or step.handled or step.outdated:
        raise CommandRefused(
            f"run {change.state.id} has gone on from {step.path}, which had started"
            f" run {command.child}"
        )
    revive(plan, change, step.path, command.by)
    change.add(e.ChildRetried(step.path, command.child, own=True), step.seq)


def _report_rolled_back(plan: Plan, change: Change, command: c.ReportChild) -> None:
    path = undo_of(command.path)
    step = change.state.steps.get(path)
    waits = step is not None and step.status is StepStatus.WAITING
    if step is None or not waits:
        raise CommandRefused(f"{command.path} is not being undone")
    change.add(e.StepSucceeded(path, 0), step.seq)
    undone(plan, change, path)
