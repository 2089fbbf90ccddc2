"""Reading a run's history, and finding a step in it by the name a person types."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import NotFound
from engine.machine.codec import decode
from engine.machine.events import Entry
from store import events
from store.database import Database
from store.records import EventRecord, StepRecord


def history(database: Database, run: str, after: int = 0) -> list[Entry]:
    return [entry(record) for record in events.history(database, run, after)]


def entry(record: EventRecord) -> Entry:
    return Entry(record.seq, record.at, record.cause, decode(record.data))


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
