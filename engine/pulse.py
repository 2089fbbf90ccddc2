"""A runner's pulse: it says that it lives, and finds what others have left behind."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from engine.errors import WeirError
from engine.files import look_of
from engine.handle import Engine
from engine.lost import Watch, lost_attempts
from engine.machine import commands as c
from store import runners
from store.records import RunnerRecord


class StoreReplaced(WeirError):
    """The store isn't the one that this runner has worked in: it must not go on."""


class Pulse:
    """The beats of one runner in one store."""

    def __init__(self, engine: Engine, record: RunnerRecord) -> None:
        self._engine = engine
        self._record = record
        self._watch = Watch()
        self._file = inode_of(engine.database.path)
        self._beat_at: float | None = None

    @property
    def known(self) -> bool:
        """Whether others know of this runner. What an unknown one takes is lost."""
        return self._beat_at is not None

    def beat(self) -> list[tuple[str, c.ReportLost]]:
        """Say that the runner lives; returns the attempts that others have lost.

        Raises StoreReplaced.
        """
        database, now = self._engine.database, self._engine.clock()
        self._require_same_store()
        runners.beat(database, replace(self._record, beat_at=now))
        self._beat_at = now
        watched = self._watch.seconds(now)
        return lost_attempts(database, self._record.id, now, watched)

    def _require_same_store(self) -> None:
        database = self._engine.database
        if inode_of(database.path) != self._file:
            raise StoreReplaced("the store is gone, or is another one by now")
        if self._beat_at is None:
            return
        if runners.beat_of(database, self._record.id) != self._beat_at:
            raise StoreReplaced(
                "the store has gone back to an older copy: stopping here; `weir doctor`"
                " says how much is lost, `weir runner start` goes on from the copy"
            )


def inode_of(path: Path) -> int:
    return look_of(path)[-1]
