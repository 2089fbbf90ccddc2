"""What a state no longer counts as done: undone, left, outdated, gone back over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from engine.machine.places import RUN, arm_of, id_of, is_undo, scope_of, scopes_around
from engine.machine.putting import CONTEXT
from engine.machine.state import ApprovalStatus, RunState, StepState, StepStatus


def finished_without(state: RunState, path: str) -> RunState:
    """The state in which an earlier success of the step counts again, if any."""
    scope, gone = scope_of(path), state.steps[path]
    done = {**state.finished.get(scope, {})}
    if done.get(gone.step) != path:
        return state
    del done[gone.step]
    for step in state.steps.values():
        same = step.step == gone.step and scope_of(step.path) == scope
        if same and counts(step) and step.path != path:
            done[step.step] = step.path
    return replace(state, finished={**state.finished, scope: done})


def counts(step: StepState) -> bool:
    done = step.status is StepStatus.SUCCEEDED
    return done and not (step.left or step.outdated)


def outdate(state: RunState, paths: tuple[str, ...]) -> RunState:
    """What these visits have left is not read any more, and leads to nothing."""
    for path in paths:
        gone = replace(state.steps[path], outdated=True)
        state = replace(state, steps={**state.steps, path: gone})
        state = finished_without(state, path)
    return state


def gone_back_over(state: RunState, to: str) -> RunState:
    """What a list has come to since the newest visit of a step is behind."""
    scope = scope_of(to)
    before = state.newest(id_of(to), scope)
    since = before.position if before else 0
    return _behind(state, (s for s in in_list(state, scope) if s.position >= since))


def begun_again(state: RunState, to: str) -> RunState:
    """What a run had done after the step that it was rolled back to is behind."""
    since = state.steps[to].seq if to else 0
    return _behind(state, (s for s in in_list(state, RUN) if s.seq > since))


def is_behind(state: RunState, path: str) -> bool:
    """Whether the run has gone back over a step, or over what it stands in."""
    return any(each.behind for each in _with_holders(state, path))


def is_passed(state: RunState, path: str) -> bool:
    """Whether a step is behind or outdated: then it is asked, or done, anew."""
    return any(s.behind or s.outdated for s in _with_holders(state, path))


def _with_holders(state: RunState, path: str) -> Iterator[StepState]:
    yield state.steps[path]
    for scope in scopes_around(scope_of(path)):
        if scope != RUN:
            yield state.steps[arm_of(scope)[0]]


def in_list(state: RunState, scope: str) -> Iterator[StepState]:
    for step in state.steps.values():
        own = step.step != CONTEXT and not is_undo(step.path)
        if own and scope_of(step.path) == scope:
            yield step


def _behind(state: RunState, steps: Iterable[StepState]) -> RunState:
    over = {step.path: replace(step, behind=True) for step in steps}
    return replace(state, steps={**state.steps, **over})


def leave(state: RunState, path: str) -> RunState:
    """What could not be undone is left, and what follows it may come again."""
    left = replace(state.steps[path], left=True)
    changed = replace(state, steps={**state.steps, path: left})
    return finished_without(changed, path)


def without_the_rest(state: RunState) -> RunState:
    """Nothing after the step that was rolled back to counts as done."""
    rollback = state.rollback
    assert rollback is not None
    for path in rollback.left:
        state = leave(state, path)
    for path in rollback.dropped:
        gone = replace(state.steps[path], status=StepStatus.UNDONE)
        state = replace(state, steps={**state.steps, path: gone})
        state = finished_without(state, path)
    return state


def stands(step: StepState) -> bool:
    """Whether a visit counts as the one time that a graph comes to its step."""
    lost = step.status is StepStatus.FAILED and not step.handled
    gone = step.status in (StepStatus.UNDONE, StepStatus.CANCELLED)
    return not (lost or gone or step.left or step.outdated)


def is_done(state: RunState, step: StepState) -> bool:
    """Whether what needs this step, in a graph, may begin. A gate is done by a yes."""
    approval = state.approvals.get(step.approval)
    done = step.status in (StepStatus.SUCCEEDED, StepStatus.SKIPPED)
    if done and approval and approval.status is not ApprovalStatus.APPROVED:
        return False
    return (done or step.handled) and not (step.left or step.outdated)
