"""Runs that were thrown away: first only hidden, later gone with all that was theirs.

A run is hidden by a mark and comes back by taking the mark away. What is removed for
good is removed from every table, and the numbers of its events are not given again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from peewee import SQL, chunked, fn

from store import blobs, counting, events, index, messages, packed
from store.hiding import hidden
from store.shapes import RUN
from store.sieves import DIGEST
from store.tables import (
    Approval,
    Artifact,
    Event,
    Log,
    Notice,
    Packed,
    Process,
    Pruned,
    Run,
    Snapshot,
    Step,
)

if TYPE_CHECKING:
    from store.database import Database
    from store.records import RunRecord

AT_ONCE = 200
# A blob used since then (seconds) may be named by a row that is about to come.
IN_USE = 3600.0
OF_A_RUN: tuple[Any, ...] = (
    Event,
    Packed,
    Log,
    Snapshot,
    Step,
    Approval,
    Artifact,
    Process,
    Notice,
)


class Marked(Struct, frozen=True):
    run: str
    at: float


def mark(database: Database, runs: Collection[str], now: float) -> int:
    """Hide runs; inside a transaction. Those hidden before keep their time."""
    rows = [(run, now) for run in runs]
    return sum(
        database.run(
            Pruned.insert_many(some, fields=("run", "at")).on_conflict_ignore()
        )
        for some in chunked(rows, AT_ONCE)
    )


def unmark(database: Database, runs: Collection[str]) -> int:
    """Bring hidden runs back; inside a transaction."""
    return sum(
        database.run(Pruned.delete().where(Pruned.run.in_(some)))
        for some in chunked(runs, AT_ONCE)
    )


def is_hidden(database: Database, run: str) -> bool:
    return bool(database.rows(Pruned.select(Pruned.run).where(Pruned.run == run)))


def marked(database: Database, *, before: float | None = None) -> list[Marked]:
    """What is hidden, the longest hidden first; what was hidden `before` then."""
    query = Pruned.select(Pruned.run, Pruned.at).order_by(Pruned.at, Pruned.run)
    if before is not None:
        query = query.where(Pruned.at < before)
    return [Marked(run, at) for run, at in database.rows(query)]


def ended(
    database: Database,
    statuses: Collection[str],
    *,
    before: float,
    workflow: str | None = None,
) -> list[RunRecord]:
    """Runs in these statuses that ended before then and have no gate open.

    None that is part of another: it goes with that.
    """
    open_gates = Approval.select(Approval.run).where(Approval.status == "pending")
    query = RUN.select().where(
        Run.status.in_(list(statuses))
        & (Run.ended_at < before)
        & Run.id.not_in(open_gates)
        & Run.parent.not_in(Run.select(Run.id))
    )
    if workflow is not None:
        query = query.where(Run.workflow == workflow)
    return RUN.read(database, query.where(~hidden(Run.id)).order_by(Run.id))


def size(database: Database, runs: Sequence[str]) -> int:
    """Bytes of their histories, logs, snapshots and documents, about."""
    total = 0
    for some in chunked(runs, AT_ONCE):
        for table, value in (
            (Event, fn.LENGTH(Event.data)),
            (Packed, fn.LENGTH(Packed.data)),
            (Log, fn.LENGTH(Log.text)),
            (Snapshot, fn.LENGTH(Snapshot.data)),
            (Artifact, Artifact.size),
        ):
            query = table.select(fn.SUM(value)).where(table.run.in_(some))
            total += int(database.value(query) or 0)
        total += messages.size(database, some)
        for sha in events.large(database, some):
            file = blobs.path(database.folder, sha)
            total += file.stat().st_size if file.is_file() else 0
    return total


def remove(database: Database, runs: Sequence[str]) -> None:
    """Remove hidden runs from every table; inside a transaction."""
    counting.note_removal(database, runs)
    for table in OF_A_RUN:
        database.run(table.delete().where(table.run.in_(runs)))
    index.remove(database, runs)
    database.run(Run.delete().where(Run.id.in_(runs)))
    database.run(Pruned.delete().where(Pruned.run.in_(runs)))


def sweep(database: Database) -> int:
    """Remove the files that nobody names; how many. And messages. In a transaction.

    Nobody can commit a new name meanwhile, and what was put lately stays: its row may
    only be on its way.
    """
    named = set(named_digests(database))
    latest = time.time() - IN_USE
    removed = 0
    for file in (database.folder / "blobs").glob("??/*"):
        if file.name.encode() not in named and file.stat().st_mtime < latest:
            file.unlink()
            removed += 1
    messages.sweep(database)
    return removed


def named_digests(database: Database) -> Iterator[bytes]:
    """Every digest that a row or an event holds, whatever it is the digest of."""
    for (sha,) in database.rows(Artifact.select(Artifact.digest).distinct()):
        yield sha.encode()
    for sha in events.large(database):
        yield sha.encode()
        with suppress(blobs.MissingBlob):  # the doctor tells of it
            yield from DIGEST.findall(blobs.get(database.folder, sha))
    for data in every_data(database):
        yield from DIGEST.findall(data)


def every_data(database: Database) -> Iterator[bytes]:
    position = 0
    while page := database.rows(
        Event.select(Event.position, Event.data)
        .where(Event.position > position)
        .order_by(Event.position)
        .limit(2000)
    ):
        position = page[-1][0]
        yield from (data for _, data in page)
    yield from (row[packed.DATA] for row in packed.every_event(database))


def shred(database: Database) -> None:
    """Let nothing of what was removed stand in the log that is written ahead."""
    database.rows(SQL("pragma wal_checkpoint(truncate)"))
    for path in (database.path, database.folder / "blobs"):
        if path.exists():
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
