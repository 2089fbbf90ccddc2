"""Occasions: each time, file or project that a schedule was to begin a run for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from peewee import SQL, fn

from store.records import OccasionRecord
from store.shapes import OCCASION
from store.tables import Occasion, Run

if TYPE_CHECKING:
    from store.database import Database


def get(database: Database, schedule: str, key: str) -> OccasionRecord | None:
    query = OCCASION.select().where(
        (Occasion.schedule == schedule) & (Occasion.key == key)
    )
    return OCCASION.first(database, query)


def waiting(database: Database, schedule: str | None = None) -> list[OccasionRecord]:
    """Those that have not been answered, the oldest first. Asked every second."""
    found = OCCASION.records(database.rows_of(_waiting))
    return [each for each in found if schedule in (None, each.schedule)]


def _waiting() -> Any:
    wanted = SQL("\"status\" = 'waiting'")  # in the words of its index
    return OCCASION.select().where(wanted).order_by(Occasion.due, Occasion.key)


def page(
    database: Database, schedule: str, *, limit: int, known: bool = False
) -> list[OccasionRecord]:
    """The newest first. `known`: also the files that were there at the beginning."""
    query = OCCASION.select().where(Occasion.schedule == schedule)
    if not known:
        query = query.where(Occasion.status != "known")
    return OCCASION.read(database, query.order_by(Occasion.at.desc()).limit(limit))


def newest(database: Database, schedule: str) -> dict[str, OccasionRecord]:
    """The newest of each subject (a file's path, a project's name)."""
    latest = (
        Occasion.select(Occasion.subject, fn.MAX(Occasion.at))
        .where(Occasion.schedule == schedule)
        .group_by(Occasion.subject)
    )
    times = dict(database.rows(latest))
    query = OCCASION.select().where(Occasion.schedule == schedule)
    found = OCCASION.read(database, query.where(Occasion.at.in_(set(times.values()))))
    return {each.subject: each for each in found if times[each.subject] == each.at}


def add(database: Database, found: Sequence[OccasionRecord]) -> int:
    """Note occasions, inside a transaction; how many are new. Those known stay."""
    if not found:
        return 0
    query = OCCASION.insert([OCCASION.row(each) for each in found])
    return database.run(query.on_conflict_ignore())


def answer(
    database: Database, occasion: OccasionRecord, status: str, run: str, reason: str
) -> None:
    """Say what became of one that waits, inside a transaction."""
    query = Occasion.update(status=status, run=run, reason=reason)
    mine = (Occasion.schedule == occasion.schedule) & (Occasion.key == occasion.key)
    database.run(query.where(mine & (Occasion.status == "waiting")))


def in_flight(database: Database, schedule: str) -> list[str]:
    """The runs it has begun that have not ended, the oldest first."""
    query = (
        Run.select(Run.id)
        .join(Occasion, on=(Occasion.run == Run.id))
        .where((Occasion.schedule == schedule) & Run.ended_at.is_null())
        .order_by(Run.id)
    )
    return [row[0] for row in database.rows(query)]


def of_run(database: Database, run: str) -> OccasionRecord | None:
    """The occasion on which a run began."""
    return OCCASION.first(database, OCCASION.select().where(Occasion.run == run))


def begun_in(database: Database, workflow: str, project: str) -> list[str]:
    """The runs of a workflow, or of its variants, in a project that have not ended."""
    query = Run.select(Run.id).where(
        ((Run.workflow == workflow) | (Run.variant_of == workflow))
        & (Run.project == project)
        & Run.ended_at.is_null()
    )
    return [row[0] for row in database.rows(query.order_by(Run.id))]
