"""What a person can say of a step that stands still: no more than the rules take.

Whether an answer is taken is not written down a second time here. `decide` is asked,
which does nothing, and what it would refuse is not offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from engine.definition.typed import Fields
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine.decide import decide
from engine.machine.places import is_undo, typed
from engine.machine.plan import Plan
from engine.machine.state import RunState, StepState, StepStatus

How = Literal["again", "done", "fail", "skip"]
HOW: tuple[How, ...] = ("again", "done", "fail", "skip")


class Unsure(Struct, frozen=True):
    """A step that may or may not have happened, and what can be said of it.

    `output`: the values that it declares to leave, which `done` has to give.
    """

    path: str
    reason: str
    answers: tuple[How, ...]
    output: Fields


def unsure(plan: Plan, state: RunState, now: float) -> list[Unsure]:
    """The steps of a run that a person is asked about, in the order of the run."""
    return [
        Unsure(
            step.path,
            step.reason,
            answers(plan, state, step.path, now),
            _left(plan, step),
        )
        for step in state.steps.values()
        if step.status is StepStatus.INTERRUPTED
    ]


def answers(plan: Plan, state: RunState, path: str, now: float) -> tuple[How, ...]:
    """What the rules would take if it were said of the step at a path now."""
    return tuple(how for how in HOW if _is_taken(plan, state, path, how, now))


def commands_of(run: str, path: str, found: Iterable[How]) -> Iterator[str]:
    """The commands that give these answers, without `weir` in front."""
    output = "null" if is_undo(path) else "JSON"
    options = {"again": "--again", "done": f"--output {output}", "fail": "--fail"}
    taken = [*found]
    where = typed(path)
    if marks := [options[how] for how in taken if how in options]:
        yield f"mark {run} {where} {' | '.join(marks)}"
    if "skip" in taken:
        yield f"skip {run} {where} --reason TEXT"


def _is_taken(plan: Plan, state: RunState, path: str, how: How, now: float) -> bool:
    command: c.Command = c.ResolveStep(path, how, state.by)
    if how == "skip":
        command = c.SkipStep(path, "it is asked whether it can be", state.by)
    try:
        decide(plan, state, command, now)
    except CommandRefused:
        return False
    return True


def _left(plan: Plan, step: StepState) -> Fields:
    known = plan.steps.get(step.step)
    return known.output if known is not None else {}
