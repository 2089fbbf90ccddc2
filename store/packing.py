"""Packing what runs left that ended some time ago: along the positions, once each.

How far it has come is kept as a position. A run that had not ended when it passed has
its end further on, and is met there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from store import counting, packed
from store.tables import Run

if TYPE_CHECKING:
    from store.database import Database

POSITION = "packed to"
LOOKED_AT = 500  # positions
# One transaction holds a writer for about a millisecond a run.
AT_ONCE = 10  # runs
EVENTS = 1_000


class Some(Struct, frozen=True):
    """Runs that have ended, and up to where there are no others."""

    runs: tuple[str, ...]
    position: int


def some(database: Database, before: float) -> Some | None:
    """What can be packed next: runs that ended before then. None when nothing can."""
    after = counting.setting(database, POSITION)
    moved = packed.moved(database, after, LOOKED_AT)
    ends = dict(ends_of(database, {run for _, run in moved}))
    chosen: dict[str, None] = {}
    events, last = 0, after
    for position, run in moved:
        seq, ended_at = ends.get(run, (0, None))
        if ended_at is not None and run not in chosen:
            if ended_at >= before or len(chosen) == AT_ONCE or events > EVENTS:
                break
            chosen[run] = None
            events += seq
        last = position
    return Some(tuple(chosen), last) if last > after else None


def ends_of(
    database: Database, runs: set[str]
) -> Iterator[tuple[str, tuple[int, float | None]]]:
    query = Run.select(Run.id, Run.seq, Run.ended_at).where(Run.id.in_(list(runs)))
    for run, seq, ended_at in database.rows(query):
        yield run, (seq, ended_at)


def pack(database: Database, before: float) -> bool:
    """Pack a few runs that ended before then; whether there may be more."""
    found = some(database, before)
    if found is None:
        return False

    def work() -> None:
        counting.keep(database)
        ends = dict(ends_of(database, set(found.runs)))
        for run, (_, ended_at) in ends.items():
            if ended_at is not None and ended_at < before:
                packed.pack(database, run)
        if found.position > counting.setting(database, POSITION):
            counting.put(database, POSITION, found.position)

    database.write(work)
    return True


def begin_again(database: Database) -> None:
    """Look at every run once more, as after rows were put anew; in a transaction."""
    counting.put(database, POSITION, 0)
