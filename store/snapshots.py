"""Snapshots: states of a run as bytes, the newest few of each run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store.records import SnapshotRecord
from store.shapes import SNAPSHOT
from store.tables import Snapshot

if TYPE_CHECKING:
    from store.database import Database

KEPT = 50  # of each run
LAST = 2**62  # no history is so long


def newest(
    database: Database, run: str, at: int | None = None
) -> SnapshotRecord | None:
    """The newest of a run; the newest up to event `at`."""
    found = database.rows_of(_newest, run, LAST if at is None else at, 1)
    return next(iter(SNAPSHOT.records(found)), None)


def _newest() -> Any:
    query = SNAPSHOT.select().where((Snapshot.run == "") & (Snapshot.seq <= 0))
    return query.order_by(Snapshot.seq.desc()).limit(1)


def count(database: Database, run: str) -> int:
    return len(database.rows(Snapshot.select(Snapshot.seq).where(Snapshot.run == run)))


def forget_old(database: Database, run: str) -> None:
    """Keep the newest of a run; inside a transaction."""
    kept = (
        Snapshot.select(Snapshot.seq)
        .where(Snapshot.run == run)
        .order_by(Snapshot.seq.desc())
        .limit(1)
        .offset(KEPT - 1)
    )
    # The subquery is empty, and nothing is older than nothing, below that many.
    database.run(Snapshot.delete().where((Snapshot.run == run) & (Snapshot.seq < kept)))
