"""Watching for what steps wait for: files, and decisions in other runs.

A step that waits is at work nowhere and holds no place of the runner's. What it waits
for stands in its history, so that whichever runner is awake watches for it. Decisions
are looked at when someone has committed. Files are looked at once a second, and only
while some step waits for one: not every file system tells what is written to it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from engine.arriving import STILL, Json, Sighting, Watched, measured
from engine.dispatch import Place
from engine.elsewhere import answer
from engine.errors import CommandRefused, WeirError
from engine.files import FileRefused
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.state import (
    DecisionAwaited,
    Failure,
    FileAwaited,
    StepState,
    StepStatus,
    ValuesAwaited,
)
from store import runs, steps
from store.errors import StoreError

PAUSE = 1.0  # seconds between two looks at files, at the least
SHARE = 0.01  # of a processor for them, at the most: slow looks are fewer
LONGEST = 30.0

Wait = tuple[Place, int]  # a step, and which attempt at it
Report = Callable[[str, c.ReportAwaited], Awaitable[object]]


class Awaiting:
    """What the steps of a workspace wait for. `report` is given what has come."""

    def __init__(
        self, engine: Engine, report: Report, say: Callable[[str], None]
    ) -> None:
        self.still = STILL
        self.pause = PAUSE
        self._engine = engine
        self._report = report
        self._say = say
        self._known: set[Wait] = set()
        self._files: dict[Wait, list[Watched]] = {}  # any of them is enough
        self._decisions: dict[Wait, tuple[DecisionAwaited, float]] = {}  # since when
        self._looked_at: dict[Wait, int] = {}  # -> which event of the run was its last
        self._measuring: dict[Wait, asyncio.Task[dict[str, Json] | Failure | None]] = {}
        self._any_file = asyncio.Event()
        self._closed = False

    @property
    def any(self) -> bool:
        """Whether it knows of a step that waits."""
        return bool(self._known)

    async def look(self) -> None:
        """Learn what is waited for now, and tell of the decisions that there are."""
        rows = await asyncio.to_thread(steps.awaiting, self._engine.database)
        now = {(Place(row.run, row.path), row.attempt) for row in rows}
        for wait in self._known - now:
            self._forget(wait)
        if new := now - self._known:
            for wait, step in await asyncio.to_thread(self._read, new):
                self._expect(wait, step)
        if self._decisions:
            for wait, seq, said in await asyncio.to_thread(self._answers):
                if said is not None:
                    await self._tell(wait, said)
                self._looked_at[wait] = seq

    async def look_at_files(self) -> None:
        """Look once at the files that are waited for, and rest; wait for the first."""
        await self._any_file.wait()
        began = time.monotonic()
        for wait, seen in await asyncio.to_thread(self._sightings):
            if isinstance(seen, Failure):
                await self._tell(wait, seen)
            else:
                self._measuring[wait] = asyncio.create_task(self._measured(wait, seen))
        spent = time.monotonic() - began
        await self._rest(min(max(self.pause, spent / SHARE), LONGEST))
        for wait, task in list(self._measuring.items()):
            if task.done():
                del self._measuring[wait]
                if said := task.result():
                    await self._tell(wait, said)

    def close(self) -> None:
        """Look at nothing any more, and leave off measuring."""
        self._closed = True
        for task in self._measuring.values():
            task.cancel()

    def _read(self, waits: Iterable[Wait]) -> list[tuple[Wait, StepState | None]]:
        """Each step that waits; None for one that has gone on, or can't be read.

        One run that can't go on holds up no other.
        """
        found: list[tuple[Wait, StepState | None]] = []
        for place, attempt in sorted(waits, key=lambda wait: (wait[0].run, wait[1])):
            try:
                step = self._engine.load(place.run).steps[place.path]
            except StoreError:
                raise
            except Exception as error:
                self._say(f"what {place.path} of {place.run} waits for: {error}")
                found.append(((place, attempt), None))
                continue
            waits_still = (step.status, step.attempt) == (StepStatus.WAITING, attempt)
            found.append(((place, attempt), step if waits_still else None))
        return found

    def _expect(self, wait: Wait, step: StepState | None) -> None:
        self._known.add(wait)
        match step.awaits if step else None:
            case ValuesAwaited() as awaited if awaited.any_file:
                files = awaited.any_file.items()
                self._watch(wait, [(FileAwaited(path), was) for path, was in files])
            case FileAwaited() as awaited:
                self._watch(wait, [(awaited, "")])
            case DecisionAwaited() as awaited:
                assert step is not None
                self._decisions[wait] = (awaited, step.started_at or 0.0)

    def _watch(self, wait: Wait, files: list[tuple[FileAwaited, str]]) -> None:
        """Watch for files, each with the digest of the text that is known of it."""
        root = self._engine.workspace.root
        self._files[wait] = [
            Watched(root, file, self.still, was) for file, was in files
        ]
        self._any_file.set()

    def _forget(self, wait: Wait) -> None:
        self._known.discard(wait)
        self._give_up(wait)

    def _give_up(self, wait: Wait) -> None:
        """Watch for it no more, and learn of it no second time."""
        self._files.pop(wait, None)
        self._decisions.pop(wait, None)
        self._looked_at.pop(wait, None)
        if not self._files:
            self._any_file.clear()

    def _answers(self) -> list[tuple[Wait, int, dict[str, Json] | Failure | None]]:
        """What is known of the decisions in runs in which something has happened."""
        found = []
        for wait, (awaited, since) in self._decisions.items():
            row = runs.get(self._engine.database, awaited.run)
            seq = row.seq if row else 0
            if self._looked_at.get(wait) == seq:
                continue
            try:
                said = answer(self._engine, awaited, since)
            except WeirError as error:
                said = Failure("missing", str(error), retryable=False)
            found.append((wait, seq, said))
        return found

    def _sightings(self) -> list[tuple[Wait, Sighting | Failure]]:
        looked = [
            (wait, _look(files))
            for wait, files in list(self._files.items())
            if wait not in self._measuring
        ]
        return [(wait, seen) for wait, seen in looked if seen is not None]

    async def _measured(
        self, wait: Wait, seen: Sighting
    ) -> dict[str, Json] | Failure | None:
        """What is told of a file; None for one that is as it was known to be."""
        root = self._engine.workspace.root
        try:
            found = await asyncio.to_thread(measured, root, seen, lambda: self._closed)
        except FileRefused as error:
            return Failure("missing", str(error), retryable=False)
        files = self._files.get(wait, [])
        if found and any(file.passes(seen, found["sha256"]) for file in files):
            return None
        return found

    async def _rest(self, seconds: float) -> None:
        """Until the next look, or until a file has been measured."""
        if not self._measuring:
            await asyncio.sleep(seconds)
            return
        tasks = self._measuring.values()
        first = asyncio.FIRST_COMPLETED
        await asyncio.wait(tasks, timeout=seconds, return_when=first)

    async def _tell(self, wait: Wait, said: dict[str, Json] | Failure) -> None:
        """Say what has come of a wait; refused where it was ended meanwhile."""
        place, attempt = wait
        failure = said if isinstance(said, Failure) else None
        output = None if isinstance(said, Failure) else said
        found = c.ReportAwaited(place.path, attempt, output, failure)
        try:
            await self._report(place.run, found)
        except StoreError:
            raise  # it is not kept yet, and found again
        except CommandRefused:
            self._forget(wait)
        except Exception as error:  # one run that can't go on holds up no other
            self._say(f"what came for {place.path} of {place.run}: {error}")
            self._give_up(wait)
        else:
            self._forget(wait)


def _look(files: list[Watched]) -> Sighting | Failure | None:
    """The first of the files that has come."""
    try:
        return next((seen for file in files if (seen := file.look())), None)
    except (FileRefused, OSError) as error:
        return Failure("missing", str(error), retryable=False)
