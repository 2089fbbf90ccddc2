"""How each target stands: what waits for it and why, and what it was sent last."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from engine.notifying.choosing import HOUR, chosen
from engine.notifying.outbox import by_target
from engine.workspace import Config
from store import notices
from store.database import Database
from store.notices import Told
from store.records import NoticeRecord


class Standing(Struct, frozen=True):
    """`from_` says where its address is; what waits is held `until` then, by `why`."""

    target: str
    from_: str = field(name="from")
    waiting: int = 0
    until: float | None = None
    why: str = ""
    sent_at: float | None = None
    failed_at: float | None = None
    reason: str = ""


def standing(config: Config, database: Database, now: float) -> list[Standing]:
    """Every target of weir.toml, and any other that something waits for."""
    waiting = by_target(notices.on_their_way(database))
    told = notices.told(database)
    names = dict.fromkeys([*config.notify.targets, *waiting])
    return [_of(config, database, now, name, waiting, told) for name in names]


def _of(
    config: Config,
    database: Database,
    now: float,
    target: str,
    waiting: Mapping[str, list[NoticeRecord]],
    told: Mapping[str, Told],
) -> Standing:
    mine, last = waiting.get(target, []), told.get(target, Told())
    heard = notices.heard(database, target, now - HOUR, now)
    held = chosen(config.notify, mine, heard, now)
    stuck = next((each.reason for each in mine if each.is_stuck), "")
    return Standing(
        target=target,
        from_=config.notify.targets.get(target, "nowhere: weir.toml names it no more"),
        waiting=len(mine),
        until=held.until if mine else None,
        why=stuck or (held.why if mine else ""),
        sent_at=last.sent_at,
        failed_at=last.failed_at,
        reason=last.reason,
    )
