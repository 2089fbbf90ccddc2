"""The events of a run, out of the rows that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from engine.errors import Unreadable
from engine.machine import events as e
from engine.machine.codec import decode
from store.records import EventRecord


def entries_of(records: Iterable[EventRecord]) -> Iterator[e.Entry]:
    """The events of rows, each with its place. Raises Unreadable."""
    for record in records:
        yield e.Entry(record.seq, record.at, record.cause, event_of(record))


def event_of(record: EventRecord) -> e.AnyEvent:
    """Raises Unreadable for what is no event."""
    try:
        return decode(record.data)
    except msgspec.DecodeError as error:
        raise Unreadable(
            f"event {record.seq} of run {record.run} can't be read: {error};"
            " a backup may have it whole"
        ) from error
