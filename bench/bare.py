"""The rows that runs have left, written once more without any engine.

The same rows in as many commits, with full sync, from one thread: with the store's own
prepared statements what the disk and SQLite cost by themselves, without them (Peewee
writes each statement anew) what they cost one who uses Peewee as it comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from store import events, runs, steps
from store.database import Database, open_database
from store.records import EventRecord, RunRecord, StepRecord
from store.shapes import RUN, STEP, Row
from store.statements import Make, Statements

Put = Callable[[Make, Sequence[Row]], object]


class Left(Struct):
    """What one finished run has left."""

    run: RunRecord
    steps: list[StepRecord]
    events: list[EventRecord]


def rows_left(database: Database) -> list[Left]:
    found = []
    for name in events.runs(database):
        run = runs.get(database, name)
        assert run is not None
        history = events.history(database, name)
        found.append(Left(run, steps.of_run(database, name), history))
    return found


def bare(folder: Path, left: list[Left], at_once: int, *, prepared: bool) -> float:
    """Seconds for as many commits as steps, each with a step of `at_once` runs."""
    with open_database(folder / ".weir") as database:
        put: Put = Statements(database.connections).run
        if not prepared:
            put = lambda make, rows: database.connections.execute(make(rows))  # noqa: E731
        began = time.perf_counter()
        for first in range(0, len(left), at_once):
            together = left[first : first + at_once]
            for n in range(len(together[0].steps)):
                with database.connections.atomic("IMMEDIATE"):
                    write_step(put, together, n)
        return time.perf_counter() - began


def write_step(put: Put, together: list[Left], n: int) -> None:
    """What the end of each run's step `n` leaves: it, the next, and the run."""
    history = []
    for one in together:
        share = len(one.events) // len(one.steps)
        end = None if n == len(one.steps) - 1 else (n + 1) * share
        history += one.events[n * share : end]
    put(RUN.upsert, [RUN.row(one.run) for one in together])
    put(
        STEP.upsert,
        [STEP.row(step) for one in together for step in one.steps[n : n + 2]],
    )
    put(events.insert, [events.row(r, r.device, r.device_seq, "") for r in history])
