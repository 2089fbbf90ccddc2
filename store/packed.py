"""Histories of runs that have ended, packed: the one place that knows where they lie.

A pack holds the events of a run up to a `seq`, and the rows of its steps. What comes
after that stands in rows as ever, and is packed with it another time: a command on a
packed run writes what it always does. A row of a step counts more than the pack's.

**Whoever reads looks at the rows first and at the packs after.** No event is ever
taken out of a pack, so what is packed between two looks is seen twice, never missed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from peewee import chunked, fn

from store import packs
from store.records import StepRecord
from store.shapes import EVENT_READ, STEP, Row
from store.sieves import spends
from store.tables import Approval, Event, Packed, Step

if TYPE_CHECKING:
    from store.database import Database

AT_ONCE = 200  # packs in memory
LONGEST = 5_000  # events: with more a run stays as it is, or writers wait for long
LARGEST = 4_000_000  # bytes of these
_, _, SEQ, TYPE, DATA, AT, _, DEVICE, NUMBER, BLOB = range(len(EVENT_READ))


def of_run(database: Database, run: str) -> bytes | None:
    """The pack of a run; None while it has none."""
    found = database.rows_of(_of_run, run)
    return found[0][0] if found else None


def _of_run() -> Any:
    return Packed.select(Packed.data).where(Packed.run == "")


def events(
    database: Database, run: str, *, after: int = 0, until: int | None = None
) -> list[tuple[Any, ...]]:
    """The events of a run that are packed, after one seq and up to another."""
    data = of_run(database, run)
    return [] if data is None else packs.events_in(run, data)[after:until]


def steps(database: Database, run: str) -> list[StepRecord]:
    data = of_run(database, run)
    return [] if data is None else packs.steps_in(run, data)


def every(database: Database, which: Any = None) -> Iterator[tuple[str, bytes]]:
    """Runs and their packs, by position; those for which a condition on `Packed` holds.

    Read in pages: there may be many.
    """
    position = 0
    columns = (Packed.position, Packed.run, Packed.data)
    while True:
        query = Packed.select(*columns).where(Packed.position > position)
        if which is not None:
            query = query.where(which)
        page = database.rows(query.order_by(Packed.position).limit(AT_ONCE))
        if not page:
            return
        position = page[-1][0]
        yield from ((run, data) for _, run, data in page)


def every_event(database: Database, which: Any = None) -> Iterator[tuple[Any, ...]]:
    for run, data in every(database, which):
        yield from packs.events_in(run, data)


def opened(
    database: Database, runs: Sequence[str]
) -> Iterator[tuple[packs.Opened, bool]]:
    """Of these runs the packs, as far as they have any; whether events may `spend`."""
    for some in chunked(runs, AT_ONCE):
        places = [*some, *[""] * (AT_ONCE - len(some))]
        for run, spends_, data in database.rows_of(_opened, *places):
            yield packs.Opened(run, data), bool(spends_)


def _opened() -> Any:
    columns = Packed.run, Packed.spends, Packed.data
    return Packed.select(*columns).where(Packed.run.in_([""] * AT_ONCE))


def spending(row: Row) -> bool:
    """Whether an event, as `EVENT_READ` has it, may say what a model has used."""
    return spends(row[TYPE], row[DATA], row[BLOB])


def last_position(database: Database) -> int:
    return int(database.value(Packed.select(fn.MAX(Packed.position))) or 0)


def own(database: Database, runs: Collection[str] | None = None) -> int:
    """How many packed events bear a number of this device; only of these runs."""
    query = Packed.select(fn.SUM(Packed.own))
    if runs is not None:
        query = query.where(Packed.run.in_(list(runs)))
    return int(database.value(query) or 0)


def moved(database: Database, after: int, limit: int) -> list[tuple[int, str]]:
    """What came after a position, in order: where, and of which run.

    A pack stands for all of its events, at the newest.
    """
    found: list[tuple[int, str]] = []
    for table in (Event, Packed):
        query = table.select(table.position, table.run).where(table.position > after)
        found += database.rows(query.order_by(table.position).limit(limit))
    return sorted(found)[:limit]


def pack(database: Database, run: str) -> bool:
    """Pack what a run has left; inside a transaction. Whether there was anything to do.

    A history that has a gap, or is very long, stays as it is.
    """
    data = of_run(database, run)
    query = Event.select(*EVENT_READ).where(Event.run == run).order_by(Event.seq)
    loose = database.rows(query)
    ended = STEP.read(database, STEP.select().where(may_go(run)))
    if not (loose or ended):
        return False
    known = [] if data is None else packs.events_in(run, data)
    packed = [] if data is None else packs.steps_in(run, data)
    history = [*known, *loose]
    steps = {step.path: step for step in (*packed, *ended)}
    if not fits(history):
        return False
    try:
        data = packs.pack(history, list(steps.values()))
    except packs.TooLarge:
        return False
    database.run(Packed.delete().where(Packed.run == run))
    database.run(Packed.insert(**columns(database, history), data=data))
    database.run(Event.delete().where(Event.run == run))
    database.run(Step.delete().where(may_go(run)))
    return True


def may_go(run: str) -> Any:
    """The steps of a run that nobody looks for by what they are.

    Gates are, once they are approved, and the answers of models by what was asked.
    """
    asked = Approval.select(Approval.path).where(Approval.run == run)
    ended = Step.ended_at.is_null(False) & Step.wake_at.is_null(True)
    looked_for = (Step.awaits != "") | (Step.asked != "") | Step.path.in_(asked)
    return (Step.run == run) & ended & ~looked_for


def fits(history: Sequence[Row]) -> bool:
    """Whether a history is whole, and not too much of it."""
    seqs = [event[SEQ] for event in history]
    size = sum(len(event[DATA]) for event in history)
    whole = seqs == [*range(1, len(seqs) + 1)]
    return whole and 0 < len(seqs) <= LONGEST and size <= LARGEST


def columns(database: Database, history: Sequence[Row]) -> dict[str, Any]:
    """All that is told of a pack but what is in it."""
    numbers = [event[NUMBER] for event in history]
    newest = history[-1]
    return {
        "position": newest[0],
        "run": newest[1],
        "seq": newest[SEQ],
        "at": max(event[AT] for event in history),
        "own": sum(event[DEVICE] == database.device for event in history),
        "low": min(numbers),
        "high": max(numbers),
        "spends": any(spending(event) for event in history),
        "large": any(event[BLOB] for event in history),
    }


def forget_steps(database: Database, run: str) -> None:
    """Take the steps out of a pack, for rows that are put anew; inside a transaction.

    The one thing that is ever taken out: their rows come in the same transaction.
    """
    data = of_run(database, run)
    if data is not None:
        without = packs.pack(packs.events_in(run, data), [])
        database.run(Packed.update(data=without).where(Packed.run == run))
