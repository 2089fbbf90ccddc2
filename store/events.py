"""Histories: what happened to a run, and what is new over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from peewee import chunked, fn

from store import blobs
from store.records import EventRecord
from store.shapes import Row
from store.tables import Event

if TYPE_CHECKING:
    from store.database import Database

# Larger data than this (bytes) is kept in a file beside the database.
LARGE = 64 * 1024

WRITTEN = ("run", "seq", "type", "data", "at", "cause", "device", "device_seq", "blob")
READ = [Event.position, *(getattr(Event, name) for name in WRITTEN)]


def history(
    database: Database, run: str, after: int = 0, *, until: int | None = None
) -> list[EventRecord]:
    """The events of a run with a seq greater than `after`, in order, up to `until`."""
    if until is None:
        return records(database, database.rows_of(_history, run, after))
    asked = (Event.run == run) & (Event.seq > after) & (Event.seq <= until)
    query = Event.select(*READ).where(asked).order_by(Event.seq)
    return records(database, database.rows(query))


def _history() -> Any:
    asked = (Event.run == "") & (Event.seq > 0)
    return Event.select(*READ).where(asked).order_by(Event.seq)


def since(database: Database, position: int, limit: int = 500) -> list[EventRecord]:
    """What is new over all runs, in order of commit."""
    query = (
        Event.select(*READ)
        .where(Event.position > position)
        .order_by(Event.position)
        .limit(limit)
    )
    return records(database, database.rows(query))


def runs(database: Database) -> list[str]:
    """Every run that has a history, listed or not; for making rows again."""
    query = Event.select(Event.run).distinct().order_by(Event.run)
    return [run for (run,) in database.rows(query)]


def last_position(database: Database) -> int:
    """The position of the newest event, 0 when there is none."""
    return int(database.value(Event.select(fn.MAX(Event.position))) or 0)


def numbered(
    database: Database, numbers: Sequence[tuple[str, int]]
) -> EventRecord | None:
    """One of the events that bear these numbers of these devices, if any does."""
    by_device: dict[str, list[int]] = {}
    for device, number in numbers:
        by_device.setdefault(device, []).append(number)
    for device, mine in by_device.items():
        for some in chunked(mine, 500):
            query = Event.select(*READ).where(
                (Event.device == device) & Event.device_seq.in_(some)
            )
            if found := records(database, database.rows(query.limit(1))):
                return found[0]
    return None


def insert(rows: Sequence[Row]) -> Any:
    return Event.insert_many(rows, fields=WRITTEN)


def row(record: EventRecord, device: str, device_seq: int, blob: str) -> Row:
    """The values of WRITTEN."""
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
        named = dict(zip(WRITTEN, values, strict=True))
        if blob := named.pop("blob"):
            named["data"] = blobs.get(database.folder, blob)
        found.append(EventRecord(position=position, **named))
    return found
