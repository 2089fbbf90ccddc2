"""Finding a step of a run by the name a person types."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import NotFound
from engine.machine.places import first_visit
from store.records import StepRecord


def find_step(steps: Iterable[StepRecord], name: str) -> StepRecord:
    """The newest visit of that step, the one of that path, or `draft#1`, the first.

    Raises NotFound.
    """
    steps = list(steps)
    by_path = {step.path: step for step in steps}
    if first := first_visit(name, by_path):
        return by_path[first]
    for step in reversed(steps):
        if name in (step.path, step.step):
            return step
    if not steps:
        raise NotFound(f"no step {name!r}; the run has reached none yet")
    reached = ", ".join(dict.fromkeys(step.path for step in steps))
    raise NotFound(f"no step {name!r} in this run; it has reached {reached}")
