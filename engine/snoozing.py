"""What a person does not want to see for a while; no run knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from engine.acts import act
from engine.errors import CommandRefused
from engine.later import later
from engine.machine.state import Actor, ApprovalStatus, StepStatus
from engine.spans import left, moment
from store import snoozes
from store.database import Database
from store.records import ApprovalRecord, StepRecord

if TYPE_CHECKING:
    from engine.handle import Engine

BEFORE = 3600.0  # seconds before its deadline at which a gate is seen again, at least
VALUES = "values"  # what a step awaits that a person has to give
PART = 4  # of a gate with little time: the last quarter of it

Waits = ApprovalRecord | StepRecord


class Snooze(Struct, frozen=True):
    """Until when something is not shown, and how it (`gate`: a step too) was then."""

    until: float
    gate: str

    def holds(self, waits: Waits, now: float) -> bool:
        """Not when its time is up, or anything has happened to it."""
        return now < self.until and self.gate == as_it_is(waits)


Snoozes = Mapping[str, Snooze]  # by `id_of`
_read: msgspec.json.Decoder[dict[str, Snooze]] = msgspec.json.Decoder(dict[str, Snooze])


def id_of(waits: Waits) -> str:
    """As the inbox has it: of a gate, or RUN/PATH of a step that can't go on."""
    return (
        waits.id if isinstance(waits, ApprovalRecord) else f"{waits.run}/{waits.path}"
    )


def as_it_is(waits: Waits) -> str:
    """Another text when anything about it is otherwise: a decision, a deadline."""
    return sha256(msgspec.json.encode(waits)).hexdigest()[:16]


def snoozed(database: Database, person: str) -> dict[str, Snooze]:
    """What a person has snoozed; some of it may not hold any more."""
    return _read.decode(snoozes.of(database, person))


def snooze(engine: Engine, who: Actor, waits: Waits, text: str) -> Snooze:
    """Show it to a person no more until a time, or until shortly before its own.

    Raises InvalidValues for what is no time, and CommandRefused for what nobody waits
    for, or has no time left.
    """
    now = engine.clock()
    if not is_asked(waits):
        raise CommandRefused(f"{id_of(waits)} is {waits.status}: nobody waits for it")
    due = _due(waits, now) if isinstance(waits, ApprovalRecord) else inf
    until = min(later(text, now), due)
    fresh = Snooze(until, as_it_is(waits))
    said = f"snoozed {id_of(waits)} until {moment(until)}"
    _change(engine, who, waits, fresh, said)
    return fresh


def is_asked(waits: Waits) -> bool:
    """Whether a person has to do something about it."""
    if isinstance(waits, ApprovalRecord):
        return waits.status == ApprovalStatus.PENDING
    return waits.status == StepStatus.INTERRUPTED or waits.awaits == VALUES


def rouse(engine: Engine, who: Actor, waits: Waits) -> None:
    """Show it to a person again. Raises CommandRefused where it was shown."""
    found = snoozed(engine.database, who.name).get(id_of(waits))
    if found is None or not found.holds(waits, engine.clock()):
        raise CommandRefused(f"{id_of(waits)} is not snoozed by {who.name}")
    _change(engine, who, waits, None, f"woke {id_of(waits)}")


def _due(approval: ApprovalRecord, now: float) -> float:
    """When a gate has to be seen again. Raises CommandRefused where that is now."""
    if approval.deadline is None:
        return inf
    whole = approval.deadline - approval.requested_at
    due = approval.deadline - min(BEFORE, whole / PART)
    if due <= now:
        raise CommandRefused(
            f"{approval.id} ends in {left(approval.deadline - now)}: decide now"
        )
    return due


def _change(
    engine: Engine, who: Actor, waits: Waits, to: Snooze | None, said: str
) -> None:
    now, key = engine.clock(), id_of(waits)

    def changed(text: str) -> str:
        """What is over is forgotten on the way."""
        kept = {key: s for key, s in _read.decode(text).items() if s.until > now}
        kept.pop(key, None)
        if to is not None:
            kept[key] = to
        return msgspec.json.encode(kept).decode()

    kind = "approval" if isinstance(waits, ApprovalRecord) else "step"
    about = act(who, "snooze", said, now, {kind: key})
    snoozes.change(engine.database, who.name, changed, about)
