"""Undoing what was done: what would be undone, in which order, and one after another.

Nothing is erased: what undoes `pay` is attempted as `pay~undo`; its end is an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.evolve import CONTEXT
from engine.machine.places import is_undo, undo_of
from engine.machine.plan import Plan
from engine.machine.safety import is_safe
from engine.machine.state import RunState, StepState, StepStatus

REVERSIBLE = "reversible"
IRREVERSIBLE = "irreversible"
UNKNOWN = "unknown"


class Compensation(Struct, frozen=True):
    """A step that has done something, and how that stands.

    `undo`: something would be done; else it is left as it is.
    """

    path: str
    standing: str
    undo: bool


def compensations(
    plan: Plan, steps: Iterable[StepState], after: int = 0
) -> list[Compensation]:
    """What these steps have done since an event, newest first."""
    newest = sorted(steps, key=lambda step: step.seq, reverse=True)
    found = (compensation(plan, step) for step in newest if step.seq > after)
    return [each for each in found if each is not None]


def compensation(plan: Plan, step: StepState) -> Compensation | None:
    """None for what left nothing to undo: documents, decisions, what never began."""
    known = plan.steps.get(step.step)
    if known is None or step.arms is not None or is_undo(step.path):
        return None
    if step.status is StepStatus.UNDONE or step.left:
        return None
    done = step.status is StepStatus.SUCCEEDED
    if not done and not step.attempt:
        return None
    if step.child:
        return Compensation(step.path, REVERSIBLE, True)
    has = known.undo is not None
    if not has and is_safe(known):
        return None
    standing = UNKNOWN if not done else REVERSIBLE if has else IRREVERSIBLE
    return Compensation(step.path, standing, has)


def dropped(steps: Iterable[StepState], after: int, named: set[str]) -> Iterator[str]:
    """The other steps that no longer count as done: they left nothing behind."""
    for step in steps:
        done = step.status in (StepStatus.SUCCEEDED, StepStatus.SKIPPED)
        own = step.step != CONTEXT and not is_undo(step.path)
        if step.seq > after and done and own and step.path not in named:
            yield step.path


def undo_next(plan: Plan, change: Change, steps: Iterable[str]) -> bool:
    """Begin what undoes the next of these, or see that it is under way.

    False when all of them are undone, or left as they are.
    """
    for path in steps:
        step = change.state.steps[path]
        if step.status is not StepStatus.UNDONE and not step.left:
            _begin(plan, change, step)
            return True
    return False


def _begin(plan: Plan, change: Change, step: StepState) -> None:
    path = undo_of(step.path)
    before = change.state.steps.get(path)
    if before is not None and before.status is not StepStatus.CANCELLED:
        return
    if before is None:
        change.add(e.StepReady(path, undo_of(step.step), step.visit))
    elif is_cut_off(plan, change.state, step.path):
        why = "it was ended when the run ended"
        change.add(e.StepInterrupted(path, before.attempt, why))
        return
    else:
        change.add(e.StepResumed(path))
    if step.child:
        change.add(e.ChildUndoing(path, step.child))
    elif step.status is not StepStatus.SUCCEEDED:
        why = f"{step.path} may or may not have happened"
        change.add(e.StepInterrupted(path, 0, why))


def is_cut_off(plan: Plan, state: RunState, path: str) -> bool:
    """Whether what undoes a step was ended on its way, and may have been done."""
    undo = state.steps.get(undo_of(path))
    if undo is None or undo.status is not StepStatus.CANCELLED:
        return False
    return bool(undo.attempt) and not is_safe(plan.steps[undo.step])


def losers(plan: Plan, state: RunState, scopes: tuple[str, ...]) -> tuple[str, ...]:
    """What is to be undone of arms that were not needed."""
    steps = [s for s in state.steps.values() if s.path.startswith(scopes)]
    return tuple(c.path for c in compensations(plan, steps) if c.undo)
