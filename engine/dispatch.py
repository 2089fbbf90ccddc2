"""How a runner gets its work: one small protocol, of which this process's is one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from msgspec import Struct

from engine.machine.places import RUN
from store import runs, steps
from store.changes import changes
from store.database import Database
from store.records import StepRecord

# Seconds between two looks whether anyone has committed who has not rung for us: each
# costs a little, also where there is nothing to do.
LOOK = 0.5


class Place(Struct, frozen=True):
    """A step of a run; without a path the run itself."""

    run: str
    path: str


class Look(Struct, frozen=True):
    """What there is to do: steps that may be attempted, and when a timer comes next.

    In seconds since 1970; None without one.
    """

    ready: Sequence[Place]
    next_due: float | None


class Dispatch(Protocol):
    """Where work comes from. What it offers may be refused when it is taken."""

    def news(self) -> AsyncIterator[None]:
        """Something may have changed; yields once at the start."""
        ...

    async def look(self, most: int) -> Look:
        """Steps that may be attempted now, at most this many, and the next timer."""
        ...

    async def due(self, now: float) -> Sequence[Place]:
        """Steps and runs of which a timer has come."""
        ...

    async def running(self) -> Sequence[StepRecord]:
        """Attempts that someone is at work on, or was."""
        ...


class LocalDispatch:
    """The workspace's own database, read whenever anyone has committed to it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def news(self) -> AsyncIterator[None]:
        return changes(self._database, every=LOOK)

    async def look(self, most: int) -> Look:
        # At once: each way to a thread and back is one that a decision waits for.
        return await asyncio.to_thread(self._look, most)

    async def due(self, now: float) -> Sequence[Place]:
        return await asyncio.to_thread(self._due, now)

    async def running(self) -> Sequence[StepRecord]:
        return await asyncio.to_thread(steps.running, self._database)

    def _look(self, most: int) -> Look:
        rows = steps.ready(self._database, most)
        return Look([Place(row.run, row.path) for row in rows], self._next_due())

    def _due(self, now: float) -> list[Place]:
        rows = steps.due(self._database, now, 500)
        spent = runs.due(self._database, now, 500)
        return [Place(row.run, row.path) for row in rows] + [
            Place(run, RUN) for run in spent
        ]

    def _next_due(self) -> float | None:
        times = (steps.next_due(self._database), runs.next_due(self._database))
        return min((time for time in times if time is not None), default=None)
