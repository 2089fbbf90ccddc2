"""Acts outside of any run: written with what they did, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peewee import fn

from store import events
from store.records import ActRecord, EventRecord
from store.shapes import ACT
from store.tables import Act, Event

if TYPE_CHECKING:
    from store.database import Database

# How an event says that a person did it; a first sieve, the event itself decides.
NAMES_SOMEONE = b'"by":{'


def write(database: Database, record: ActRecord) -> None:
    """Inside the transaction of the act."""
    database.run(ACT.insert([ACT.row(record)]))


def every(database: Database, *, since: float = 0.0) -> list[ActRecord]:
    """All acts from then on, the oldest first."""
    query = ACT.select().where(Act.at >= since).order_by(Act.position)
    return ACT.read(database, query)


def by_someone(
    database: Database,
    *,
    after: int = 0,
    run: str | None = None,
    since: float = 0.0,
    limit: int = 1000,
) -> list[EventRecord]:
    """Events that may name a person, after a position, in order of commit.

    Those whose data lies in a file are among them all.
    """
    named = (fn.INSTR(Event.data, NAMES_SOMEONE) > 0) | (Event.blob != "")
    query = Event.select(*events.READ).where((Event.position > after) & named)
    if run is not None:
        query = query.where(Event.run == run)
    if since:
        query = query.where(Event.at >= since)
    query = query.order_by(Event.position).limit(limit)
    return events.records(database, database.rows(query))
