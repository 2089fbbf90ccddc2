"""Notices: who outside is told of what, and what became of each telling.

One waits, is claimed by a runner before it is sent, and then was sent or not. A claim
whose end nobody knows is never sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from peewee import SQL, fn

from store.records import NoticeRecord
from store.shapes import NOTICE
from store.tables import Approval, Notice, Run, Step

if TYPE_CHECKING:
    from store.database import Database

# In the words of their indexes.
_ON_THEIR_WAY = SQL("\"status\" IN ('waiting', 'sending')")
_IN_TROUBLE = SQL("\"status\" IN ('unknown', 'failed')")
# What was, or may have been, heard: it counts for how many there are in an hour.
_HEARD = ("sending", "sent", "unknown")


class Told(Struct, frozen=True):
    """A target, and when it was last sent something, and last not."""

    sent_at: float | None = None
    failed_at: float | None = None
    reason: str = ""


def on_their_way(database: Database) -> list[NoticeRecord]:
    """Those that wait or are being sent, the oldest first. Asked every second."""
    return NOTICE.records(database.rows_of(_on_their_way))


def _on_their_way() -> Any:
    return NOTICE.select().where(_ON_THEIR_WAY).order_by(Notice.at)


def in_trouble(database: Database) -> list[NoticeRecord]:
    """Of what still stands, those not sent, perhaps not sent, or that can't be."""
    query = NOTICE.select().where(_IN_TROUBLE & _stands())
    stuck = [each for each in on_their_way(database) if each.is_stuck]
    return [*NOTICE.read(database, query.order_by(Notice.at)), *stuck]


def _stands() -> Any:
    """It is not answered: the gate is open, the run failed, the step can't go on."""
    gate = (Approval.id == Notice.about) & (Approval.status == "pending")
    run = (Run.id == Notice.about) & (Run.status == "failed")
    stuck = (Step.status == "interrupted") | (Step.awaits == "values")
    here = (Step.run == Notice.run) & (Notice.about == Step.run.concat("/" + Step.path))
    return (
        fn.EXISTS(Approval.select(SQL("1")).where(gate))
        | fn.EXISTS(Run.select(SQL("1")).where(run))
        | fn.EXISTS(Step.select(SQL("1")).where(here & stuck))
    )


def any_answered(database: Database) -> bool:
    """Whether something waits to be told that has been answered."""
    waits = _ON_THEIR_WAY & (Notice.status == "waiting")
    query = Notice.select(SQL("1")).where(waits & ~_stands())
    return bool(database.rows(query.limit(1)))


def end_answered(database: Database) -> None:
    """Nobody is told any more of what has been answered; inside a transaction."""
    query = Notice.update(status="over").where(
        _ON_THEIR_WAY & (Notice.status == "waiting") & ~_stands()
    )
    database.run(query)


def claim(
    database: Database,
    target: str,
    wanted: Sequence[NoticeRecord],
    message: str,
    runner: str,
    now: float,
) -> list[NoticeRecord]:
    """Take what still waits, to be sent as one message; inside a transaction."""
    for each in wanted:
        mine = (Notice.about == each.about) & (Notice.occasion == each.occasion)
        free = (Notice.status == "waiting") & _stands()
        query = Notice.update(
            status="sending", message=message, runner=runner, tried_at=now
        )
        database.run(query.where(mine & (Notice.target == target) & free))
    ours = NOTICE.select().where(_ON_THEIR_WAY & (Notice.message == message))
    return NOTICE.read(database, ours.order_by(Notice.at))


def sent(database: Database, message: str) -> None:
    """It has arrived; inside a transaction."""
    _end(database, message, status="sent", reason="")


def unknown(database: Database, message: str, reason: str) -> None:
    """It may have arrived, and is not sent again; inside a transaction."""
    _end(database, message, status="unknown", reason=reason)


def failed(database: Database, message: str, reason: str, again: float | None) -> None:
    """It has not arrived, and is sent again at that time, if any."""
    status = "failed" if again is None else "waiting"
    tries, due = Notice.tries + 1, again or 0.0
    _end(database, message, status=status, reason=reason, due=due, tries=tries)


def _end(database: Database, message: str, **values: Any) -> None:
    mine = (Notice.status == "sending") & (Notice.message == message)
    database.run(Notice.update(**values).where(_ON_THEIR_WAY & mine))


def hold(database: Database, target: str, reason: str) -> None:
    """Say why what waits for a target can't be tried; inside a transaction."""
    waits = _ON_THEIR_WAY & (Notice.status == "waiting") & (Notice.target == target)
    database.run(Notice.update(reason=reason).where(waits & (Notice.reason != reason)))


def lose(database: Database, runner: str, reason: str) -> None:
    """What a runner was sending may have arrived; inside a transaction."""
    theirs = (Notice.status == "sending") & (Notice.runner == runner)
    query = Notice.update(status="unknown", reason=reason)
    database.run(query.where(_ON_THEIR_WAY & theirs))


def heard(database: Database, target: str, since: float, now: float) -> list[float]:
    """When messages were sent to a target, the oldest first.

    What is later than now is from a clock that was put back, and does not count.
    """
    query = (
        Notice.select(fn.MIN(Notice.tried_at))
        .where((Notice.target == target) & (Notice.tried_at > since))
        .where(Notice.tried_at <= now)
        .where(Notice.status.in_(_HEARD))
        .group_by(Notice.message)
    )
    return sorted(float(at) for (at,) in database.rows(query))


def told(database: Database) -> dict[str, Told]:
    """What each target was last told, by its name."""
    found: dict[str, Told] = {}
    for target, at in database.rows(_latest(Notice.status == "sent")):
        found[target] = Told(sent_at=at)
    bad = (Notice.status != "sent") & (Notice.reason != "")
    for target, at, reason in database.rows(_latest(bad, Notice.reason)):
        before = found.get(target, Told())
        found[target] = Told(before.sent_at, at, reason)
    return found


def _latest(which: Any, *besides: Any) -> Any:
    """SQLite gives the other columns of the row that has the maximum."""
    return (
        Notice.select(Notice.target, fn.MAX(Notice.tried_at), *besides)
        .where(which & Notice.tried_at.is_null(False))
        .group_by(Notice.target)
    )
