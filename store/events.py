"""Histories: what happened to a run, and what is new over all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from peewee import chunked, fn

from store import blobs, packed
from store.records import EventRecord
from store.shapes import EVENT_READ, EVENT_WRITTEN, Row
from store.tables import Event, Packed

if TYPE_CHECKING:
    from store.database import Database

# Larger data than this (bytes) is kept in a file beside the database.
LARGE = 64 * 1024


def history(
    database: Database, run: str, after: int = 0, *, until: int | None = None
) -> list[EventRecord]:
    """The events of a run with a seq greater than `after`, in order, up to `until`."""
    if until is None:
        rows = database.rows_of(_history, run, after)
    else:
        asked = (Event.run == run) & (Event.seq > after) & (Event.seq <= until)
        query = Event.select(*EVENT_READ).where(asked).order_by(Event.seq)
        rows = database.rows(query)
    if not rows or rows[0][packed.SEQ] > after + 1:
        end = rows[0][packed.SEQ] - 1 if rows else until
        rows = packed.events(database, run, after=after, until=end) + rows
    return records(database, rows)


def _history() -> Any:
    asked = (Event.run == "") & (Event.seq > 0)
    return Event.select(*EVENT_READ).where(asked).order_by(Event.seq)


def since(database: Database, position: int, limit: int = 500) -> list[EventRecord]:
    """What is new over all runs, in order of commit.

    For who follows: to look back over packed histories means to read them all.
    """
    query = (
        Event.select(*EVENT_READ)
        .where(Event.position > position)
        .order_by(Event.position)
        .limit(limit)
    )
    found = {row[0]: row for row in database.rows(query)}
    for row in packed.every_event(database, Packed.position > position):
        if row[0] > position:
            found[row[0]] = row
    return records(database, [found[each] for each in sorted(found)[:limit]])


def runs(database: Database) -> list[str]:
    """Every run that has a history, listed or not; for making rows again."""
    loose = database.rows(Event.select(Event.run).distinct())
    whole = database.rows(Packed.select(Packed.run))
    return sorted({run for (run,) in (*loose, *whole)})


def last_position(database: Database) -> int:
    """The position of the newest event, 0 when there is none."""
    newest = int(database.value(Event.select(fn.MAX(Event.position))) or 0)
    return max(newest, packed.last_position(database))


def numbered(
    database: Database, numbers: Sequence[tuple[str, int]]
) -> EventRecord | None:
    """One of the events that bear these numbers of these devices, if any does."""
    by_device: dict[str, list[int]] = {}
    for device, number in numbers:
        by_device.setdefault(device, []).append(number)
    for device, mine in by_device.items():
        for some in chunked(mine, 500):
            query = Event.select(*EVENT_READ).where(
                (Event.device == device) & Event.device_seq.in_(some)
            )
            if found := records(database, database.rows(query.limit(1))):
                return found[0]
    return _numbered_in_packs(database, set(numbers))


def _numbered_in_packs(
    database: Database, numbers: set[tuple[str, int]]
) -> EventRecord | None:
    """Looks into those alone whose numbers may be among them."""
    if not numbers:
        return None
    low, high = (each(number for _, number in numbers) for each in (min, max))
    near = (Packed.high >= low) & (Packed.low <= high)
    for row in packed.every_event(database, near):
        if (row[packed.DEVICE], row[packed.NUMBER]) in numbers:
            return records(database, [row])[0]
    return None


def large(database: Database, runs: Collection[str] | None = None) -> set[str]:
    """The files that hold what events say, of some runs or of all."""
    loose, whole = Event.blob != "", Packed.large == True  # noqa: E712
    if runs is not None:
        loose &= Event.run.in_(list(runs))
        whole &= Packed.run.in_(list(runs))
    named = {sha for (sha,) in database.rows(Event.select(Event.blob).where(loose))}
    packed_ = (row[packed.BLOB] for row in packed.every_event(database, whole))
    return named | {sha for sha in packed_ if sha}


def insert(rows: Sequence[Row]) -> Any:
    return Event.insert_many(rows, fields=EVENT_WRITTEN)


def row(record: EventRecord, device: str, device_seq: int, blob: str) -> Row:
    """The values of EVENT_WRITTEN."""
    return (
        record.run,
        record.seq,
        record.type,
        b"" if blob else record.data,
        record.at,
        record.cause,
        device,
        device_seq,
        blob,
    )


def records(database: Database, rows: Iterable[Row]) -> list[EventRecord]:
    found = []
    for position, *values in rows:
        named = dict(zip(EVENT_WRITTEN, values, strict=True))
        if blob := named.pop("blob"):
            named["data"] = blobs.get(database.folder, blob)
        found.append(EventRecord(position=position, **named))
    return found
