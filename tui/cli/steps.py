"""Finding a step of a run by the name a person types."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import NotFound
from store.records import StepRecord


def find_step(steps: Iterable[StepRecord], name: str) -> StepRecord:
    """The visit of that path, or else the newest of that step. Raises NotFound."""
    steps = list(steps)
    for step in reversed(steps):
        if name in (step.path, step.step):
            return step
    if not steps:
        raise NotFound(f"no step {name!r}; the run has reached none yet")
    reached = ", ".join(dict.fromkeys(step.path for step in steps))
    raise NotFound(f"no step {name!r} in this run; it has reached {reached}")
