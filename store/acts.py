"""Acts outside of any run: written with what they did, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from store import events, packed
from store.records import ActRecord, EventRecord
from store.shapes import ACT, EVENT_READ
from store.sieves import NAMES_SOMEONE, names_someone, says
from store.tables import Act, Event, Packed

if TYPE_CHECKING:
    from store.database import Database

AT_ONCE = 1000  # events in memory


def write(database: Database, record: ActRecord) -> None:
    """Inside the transaction of the act."""
    database.run(ACT.insert([ACT.row(record)]))


def every(database: Database, *, since: float = 0.0) -> list[ActRecord]:
    """All acts from then on, the oldest first."""
    query = ACT.select().where(Act.at >= since).order_by(Act.position)
    return ACT.read(database, query)


def by_someone(
    database: Database, *, run: str | None = None, since: float = 0.0
) -> Iterator[EventRecord]:
    """Events that may name a person, of one run or of all; the packed ones last.

    Those whose data lies in a file are among them all.
    """
    seen = set()
    for record in _in_rows(database, run, since):
        seen.add(record.position)
        yield record
    which = Packed.at >= since
    if run is not None:
        which &= Packed.run == run
    for row in packed.every_event(database, which):
        named = names_someone(row[packed.DATA], row[packed.BLOB])
        if named and row[packed.AT] >= since and row[0] not in seen:
            yield from events.records(database, [row])


def _in_rows(
    database: Database, run: str | None, since: float
) -> Iterator[EventRecord]:
    position = 0
    wanted = says(NAMES_SOMEONE) & (Event.at >= since)
    if run is not None:
        wanted &= Event.run == run
    while True:
        query = Event.select(*EVENT_READ).where((Event.position > position) & wanted)
        page = database.rows(query.order_by(Event.position).limit(AT_ONCE))
        if not page:
            return
        position = page[-1][0]
        yield from events.records(database, page)
