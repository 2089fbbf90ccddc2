"""Schedules: what begins runs by itself, as it was last read from the definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from store import acts
from store.records import ActRecord, ScheduleRecord
from store.shapes import SCHEDULE
from store.tables import Definition, Schedule

if TYPE_CHECKING:
    from store.database import Database


def every(database: Database, *, gone: bool = False) -> list[ScheduleRecord]:
    """All by name; those that no file says any more when they are asked for."""
    query = SCHEDULE.select().order_by(Schedule.name)
    if not gone:
        query = query.where(~Schedule.gone)
    return SCHEDULE.read(database, query)


def get(database: Database, name: str) -> ScheduleRecord | None:
    return SCHEDULE.first(database, SCHEDULE.select().where(Schedule.name == name))


def live(database: Database) -> list[ScheduleRecord]:
    """Those that are in force and not paused. Asked every second."""
    return SCHEDULE.records(database.rows_of(_live))


def _live() -> Any:
    return SCHEDULE.select().where(~Schedule.gone & ~Schedule.paused)


def in_force(database: Database) -> list[tuple[str, str]]:
    """Each workflow whose file is there, and its version. Asked every second."""
    return [
        (name, version) for name, version in database.rows_of(_in_force, "workflow", "")
    ]


def _in_force() -> Any:
    return (
        Definition.select(Definition.name, Definition.version)
        .where(
            (Definition.kind == "workflow")
            & ~Definition.missing
            & (Definition.version != "")
        )
        .order_by(Definition.name)
    )


def put(database: Database, records: list[ScheduleRecord]) -> None:
    """Write schedules anew, inside a transaction."""
    if records:
        database.run(SCHEDULE.upsert([SCHEDULE.row(record) for record in records]))


def move(
    database: Database,
    record: ScheduleRecord,
    next_at: float | None,
    looked_at: float,
    trouble: str = "",
) -> bool:
    """Say when it is next, inside a transaction. False when another one did so."""
    seen = Schedule.next_at == record.next_at
    if record.next_at is None:
        seen = Schedule.next_at.is_null()
    query = Schedule.update(next_at=next_at, looked_at=looked_at, trouble=trouble)
    still = (Schedule.name == record.name) & ~Schedule.paused & ~Schedule.gone
    return database.run(query.where(still & seen)) > 0


def look_at_projects(database: Database, now: float) -> None:
    """Let who is eligible be looked at now, inside a transaction."""
    waits = (Schedule.kind == "eligible") & (Schedule.next_at > now)
    database.run(Schedule.update(next_at=now).where(waits))


def say(database: Database, name: str, trouble: str) -> None:
    """Say why it can't be kept, inside a transaction."""
    database.run(Schedule.update(trouble=trouble).where(Schedule.name == name))


def pause(
    database: Database, name: str, next_at: float | None, paused: bool, act: ActRecord
) -> None:
    """Let it begin nothing, or go on from `next_at` with what it was before unknown."""

    def work() -> None:
        query = Schedule.update(paused=paused, next_at=next_at, looked_at=None)
        database.run(query.where(Schedule.name == name))
        acts.write(database, act)

    database.write(work)
