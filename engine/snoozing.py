"""Gates that a person does not want to see for a while; no gate knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from engine.acts import act
from engine.errors import CommandRefused
from engine.later import later
from engine.machine.state import Actor, ApprovalStatus
from engine.spans import left, moment
from store import snoozes
from store.database import Database
from store.records import ApprovalRecord

if TYPE_CHECKING:
    from engine.handle import Engine

BEFORE = 3600.0  # seconds before its deadline at which a gate is seen again, at least
PART = 4  # of a gate with little time: the last quarter of it


class Snooze(Struct, frozen=True):
    """Until when a gate is not shown, and the gate as it was then."""

    until: float
    gate: str

    def holds(self, approval: ApprovalRecord, now: float) -> bool:
        """Not when its time is up, or anything has happened to the gate."""
        return now < self.until and self.gate == as_it_is(approval)


Snoozes = Mapping[str, Snooze]  # by the id of the approval
_read: msgspec.json.Decoder[dict[str, Snooze]] = msgspec.json.Decoder(dict[str, Snooze])


def as_it_is(approval: ApprovalRecord) -> str:
    """Another text when anything about a gate is otherwise: a decision, a deadline."""
    return sha256(msgspec.json.encode(approval)).hexdigest()[:16]


def snoozed(database: Database, person: str) -> dict[str, Snooze]:
    """What a person has snoozed; some of it may not hold any more."""
    return _read.decode(snoozes.of(database, person))


def snooze(engine: Engine, who: Actor, approval: ApprovalRecord, text: str) -> Snooze:
    """Show a gate to a person no more until a time, or until shortly before its own.

    Raises InvalidValues for what is no time, and CommandRefused for a gate that is
    decided or has no time left.
    """
    now = engine.clock()
    if approval.status != ApprovalStatus.PENDING:
        raise CommandRefused(f"{approval.id} is {approval.status}: nobody waits for it")
    until = min(later(text, now), _due(approval, now))
    fresh = Snooze(until, as_it_is(approval))
    said = f"snoozed {approval.id} until {moment(until)}"
    _change(engine, who, approval, fresh, said)
    return fresh


def rouse(engine: Engine, who: Actor, approval: ApprovalRecord) -> None:
    """Show a gate to a person again. Raises CommandRefused where it was shown."""
    found = snoozed(engine.database, who.name).get(approval.id)
    if found is None or not found.holds(approval, engine.clock()):
        raise CommandRefused(f"{approval.id} is not snoozed by {who.name}")
    _change(engine, who, approval, None, f"woke {approval.id}")


def _due(approval: ApprovalRecord, now: float) -> float:
    """When a gate has to be seen again. Raises CommandRefused where that is now."""
    if approval.deadline is None:
        return float("inf")
    whole = approval.deadline - approval.requested_at
    due = approval.deadline - min(BEFORE, whole / PART)
    if due <= now:
        raise CommandRefused(
            f"{approval.id} ends in {left(approval.deadline - now)}: decide now"
        )
    return due


def _change(
    engine: Engine, who: Actor, approval: ApprovalRecord, to: Snooze | None, said: str
) -> None:
    now = engine.clock()

    def changed(text: str) -> str:
        """What is over is forgotten on the way."""
        kept = {key: s for key, s in _read.decode(text).items() if s.until > now}
        kept.pop(approval.id, None)
        if to is not None:
            kept[approval.id] = to
        return msgspec.json.encode(kept).decode()

    about = act(who, "snooze", said, now, {"approval": approval.id})
    snoozes.change(engine.database, who.name, changed, about)
