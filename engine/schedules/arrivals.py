"""Files that have appeared: each counts once, when nobody writes to it any more.

A file is known by its path and the digest of what is in it. The same bytes under the
same name are the same file, however often they are copied there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from engine.arriving import Sighting, found, measured
from engine.definition.begins import FileTrigger
from engine.definition.patterns import is_pattern
from engine.files import Look
from engine.machine.state import FileAwaited
from store import occasions
from store.database import Database
from store.records import OccasionRecord, ScheduleRecord

Json = Any

PAUSE = 1.0  # seconds between two looks, at the least
SHARE = 0.01  # of a processor for them, at the most


class Arrivals:
    """What one trigger has seen of its files."""

    def __init__(
        self,
        root: Path,
        database: Database,
        record: ScheduleRecord,
        rule: FileTrigger,
        still: float,
    ) -> None:
        self.record = record
        self._root = root
        self._database = database
        self._awaited = FileAwaited(rule.file, is_pattern(rule.file))
        self._still = still
        self._known: dict[str, Look] = dict(self._remembered())
        self._seen: dict[str, tuple[Look, float]] = {}
        self._rest_until = 0.0

    def look(self, now: float, stopped: Callable[[], bool]) -> list[OccasionRecord]:
        """The files that are new since the last look, or since the trigger is there.

        `now` is the time of day that is noted. Raises FileRefused and OSError.
        """
        began = time.monotonic()
        if began < self._rest_until:
            return []
        first = self.record.looked_at is None
        new = [
            occasion
            for seen in self._sightings(began, first)
            if (occasion := self._noted(seen, now, first, stopped))
        ]
        spent = time.monotonic() - began
        self._rest_until = began + spent + min(spent / SHARE, 30.0)
        return new

    def _remembered(self) -> Iterable[tuple[str, Look]]:
        for path, record in occasions.newest(self._database, self.record.name).items():
            details = msgspec.json.decode(record.details)
            yield path, tuple(details["look"])

    def _sightings(self, now: float, at_once: bool) -> list[Sighting]:
        """Those that look otherwise than they are known and have stood still."""
        seen: dict[str, tuple[Look, float]] = {}
        for path, look in found(self._root, self._awaited):
            if self._known.get(path) == look:
                continue
            before, since = self._seen.get(path, (None, now))
            seen[path] = (look, since if before == look else now)
        self._seen = seen
        return [
            Sighting(path, look)
            for path, (look, since) in sorted(seen.items())
            if at_once or now - since >= self._still
        ]

    def _noted(
        self, seen: Sighting, now: float, first: bool, stopped: Callable[[], bool]
    ) -> OccasionRecord | None:
        """The occasion of a file; None while it changes under our eyes."""
        if (about := measured(self._root, seen, stopped)) is None:
            return None
        self._known[seen.path] = seen.look
        path = PurePosixPath(seen.path)
        file = {
            **about,
            "name": path.name,
            "stem": path.stem,
            "folder": "" if str(path.parent) == "." else str(path.parent),
        }
        return OccasionRecord(
            schedule=self.record.name,
            key=f"{seen.path}@{about['sha256']}",
            subject=seen.path,
            at=now,
            due=now,
            status="known" if first else "waiting",
            details=msgspec.json.encode({"file": file, "look": seen.look}),
        )
