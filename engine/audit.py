"""Every act of a person, in runs and outside of them: who, whence, when and what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from engine.machine.codec import decode
from engine.machine.events import AnyEvent, StepReused
from engine.machine.state import Actor
from store import acts
from store.database import Database
from store.records import ActRecord, EventRecord

NOBODY = ("runner", "timer")  # what acts by itself, and says so


class Done(Struct, frozen=True):
    """An act. In a run it is an event; outside of one, `event` is None."""

    at: float
    by: Actor
    kind: str  # RunPaused; prune
    what: str  # in words; empty for an event, which tells itself
    run: str = ""
    seq: int = 0
    event: AnyEvent | None = None
    details: Any = None


def audit(
    database: Database,
    *,
    run: str | None = None,
    person: str | None = None,
    since: float = 0.0,
) -> list[Done]:
    """What people did, the oldest first; `person` is a name in full."""
    outside = (
        [] if run else [outside_of_runs(a) for a in acts.every(database, since=since)]
    )
    done = [*inside(database, run, since), *outside]
    chosen = (each for each in done if person in (None, each.by.name))
    return sorted(chosen, key=lambda each: each.at)


def inside(database: Database, run: str | None, since: float) -> Iterator[Done]:
    for record in acts.by_someone(database, run=run, since=since):
        yield from in_event(record)


def in_event(record: EventRecord) -> Iterator[Done]:
    event = decode(record.data)
    if getattr(event, "parent", None) is not None:
        return  # a run that a run began: its person began the other one
    # Who decided on a gate that is reused did so in the old run.
    acted = (event.by,) if isinstance(event, StepReused) else event
    for who in actors(acted):
        if who.via not in NOBODY:
            yield Done(record.at, who, record.type, "", record.run, record.seq, event)


def actors(value: Any) -> Iterator[Actor]:
    """Whoever a value names as an actor. Whatever JSON it carries names nobody.

    Found by type, so that an event yet to be invented is heard as well.
    """
    if isinstance(value, Actor):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from actors(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from actors(each)


def outside_of_runs(record: ActRecord) -> Done:
    return Done(
        record.at,
        msgspec.json.decode(record.by, type=Actor),
        record.kind,
        record.what,
        details=msgspec.json.decode(record.details),
    )
