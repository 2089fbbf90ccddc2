"""What has just gone wrong in a run, and no person did: for those who are not there."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.state import ValuesAwaited


class Gone(Struct, frozen=True):
    """`about`: the run that failed, or RUN/PATH of the step that can't go on."""

    about: str
    occasion: str
    at: float


def gone_wrong(change: Change) -> Iterator[Gone]:
    """The failures in a change. What a person said no to, or failed, is no news."""
    run = change.state.id
    by_person = any(is_persons(entry.event) for entry in change.entries)
    for entry in change.entries:
        match entry.event:
            case e.RunFailed() if not by_person and change.state.parent is None:
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
