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


def young(ended_at: float, now: float, after: float) -> bool:
    """Whether a run ended less than so many seconds ago.

    One that ended in the future, as a clock said that was set meanwhile, holds up none.
    """
    return now - after <= ended_at <= now


def some(database: Database, now: float, after: float) -> Some | None:
    """What can be packed next: runs that have ended for so long. None when nothing."""
    begin = counting.setting(database, POSITION)
    moved = packed.moved(database, begin, LOOKED_AT)
    ends = dict(ends_of(database, {run for _, run in moved}))
    chosen: dict[str, None] = {}
    events, last = 0, begin
    for position, run in moved:
        seq, ended_at = ends.get(run, (0, None))
        if ended_at is not None and run not in chosen:
            enough = len(chosen) == AT_ONCE or events > EVENTS
            if enough or young(ended_at, now, after):
                break
            chosen[run] = None
            events += seq
        last = position
    return Some(tuple(chosen), last) if last > begin else None


def ends_of(
    database: Database, runs: set[str]
) -> Iterator[tuple[str, tuple[int, float | None]]]:
    query = Run.select(Run.id, Run.seq, Run.ended_at).where(Run.id.in_(list(runs)))
    for run, seq, ended_at in database.rows(query):
        yield run, (seq, ended_at)


def pack(database: Database, now: float, after: float = 0.0) -> bool:
    """Pack a few runs that ended so many seconds ago; whether there may be more."""
    found = some(database, now, after)
    if found is None:
        return False

    def work() -> None:
        counting.keep(database)
        ends = dict(ends_of(database, set(found.runs)))
        for run, (_, ended_at) in ends.items():
            if ended_at is not None and not young(ended_at, now, after):
                packed.pack(database, run)
        if found.position > counting.setting(database, POSITION):
            counting.put(database, POSITION, found.position)

    database.write(work)
    return True


def begin_again(database: Database) -> None:
    """Look at every run once more, as after rows were put anew; in a transaction."""
    counting.put(database, POSITION, 0)
