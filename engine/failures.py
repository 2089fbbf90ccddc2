"""What has just gone wrong in a run, and no person did: for those who are not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from engine.machine import events as e
from engine.machine.codec import decode
from engine.machine.state import ValuesAwaited
from store import runs
from store.database import Database
from store.records import EventRecord

SAID = {
    "failed": "Failed: {workflow}",
    "interrupted": "{path} of {workflow} may or may not have happened",
    "missing": "{path} of {workflow} lacks a value",
}


class Gone(Struct, frozen=True):
    """`about`: the run that failed, or RUN/PATH of the step that can't go on."""

    about: str
    occasion: str
    at: float


def gone_wrong(run: str, entries: Sequence[e.Entry], *, below: bool) -> Iterator[Gone]:
    """The failures in what followed from one command.

    What a person said no to, or failed, is none; nor is that of a run `below` another,
    which says itself what it makes of it.
    """
    own = not below and not any(is_persons(entry.event) for entry in entries)
    for entry in entries:
        match entry.event:
            case e.RunFailed() if own:
                yield Gone(run, f"failed {entry.seq}", entry.at)
            case e.StepInterrupted(path=path):
                yield Gone(f"{run}/{path}", f"interrupted {entry.seq}", entry.at)
            case e.StepWaiting(path=path, awaits=ValuesAwaited()):
                yield Gone(f"{run}/{path}", f"missing {entry.seq}", entry.at)
            case _:
                pass


def is_persons(event: e.AnyEvent) -> bool:
    match event:
        case e.ApprovalDecided():
            return True
        case e.StepFailed(by=by) | e.RunFailed(by=by):
            return by is not None
        case _:
            return False


def headline(about: str, occasion: str, workflow: str) -> str:
    kind, path = occasion.partition(" ")[0], about.partition("/")[2]
    return SAID[kind].format(path=path, workflow=workflow)


def told_by(database: Database, fresh: Sequence[EventRecord]) -> dict[str, str]:
    """The failures among new events: a headline for each."""
    found = {}
    # What follows from one command is of one time.
    for (run, _), some in groupby(fresh, key=lambda event: (event.run, event.at)):
        record = runs.get(database, run)
        entries = [e.Entry(x.seq, x.at, x.cause, decode(x.data)) for x in some]
        if record is not None:
            for gone in gone_wrong(run, entries, below=bool(record.parent)):
                said = headline(gone.about, gone.occasion, record.workflow)
                found[f"{gone.about} {gone.occasion}"] = said
    return found
