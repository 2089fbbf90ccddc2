"""Projects: what runs are gathered under. One is archived, never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import acts, schedules
from store.records import ActRecord, ProjectRecord
from store.shapes import PROJECT
from store.tables import Project

if TYPE_CHECKING:
    from store.database import Database


def every(database: Database, *, archived: bool = False) -> list[ProjectRecord]:
    """All projects by name; the archived ones only when they are asked for."""
    query = PROJECT.select().order_by(Project.name)
    if not archived:
        query = query.where(~Project.archived)
    return PROJECT.read(database, query)


def get(database: Database, name: str) -> ProjectRecord | None:
    return PROJECT.first(database, PROJECT.select().where(Project.name == name))


def create(
    database: Database,
    name: str,
    title: str = "",
    *,
    now: float,
    act: ActRecord | None = None,
) -> bool:
    """Make a project. False when there is one of that name, which stays as it is."""
    record = ProjectRecord(name=name, title=title, created_at=now)
    query = PROJECT.insert([PROJECT.row(record)]).on_conflict_ignore()
    return changed(database, query, act)


def rename(
    database: Database, name: str, title: str, act: ActRecord | None = None
) -> bool:
    """Give a project another title. False when there is none of that name."""
    query = Project.update(title=title).where(Project.name == name)
    return changed(database, query, act)


def set_facts(database: Database, name: str, facts: bytes, act: ActRecord) -> bool:
    """Say what is known of a project: a JSON object, whole. False without a project.

    Who is eligible is looked at anew.
    """
    query = Project.update(facts=facts).where(Project.name == name)

    def work() -> bool:
        done = database.run(query) > 0
        if done:
            acts.write(database, act)
            schedules.look_at_projects(database, act.at)
        return done

    return database.write(work)


def archive(
    database: Database,
    name: str,
    *,
    archived: bool = True,
    act: ActRecord | None = None,
) -> bool:
    """Put a project away, or back. False when there is none of that name."""
    query = Project.update(archived=archived).where(Project.name == name)
    return changed(database, query, act)


def changed(database: Database, query: object, act: ActRecord | None) -> bool:
    """Run one statement in its own transaction; whether it changed a row.

    Whose act it was is kept with the change, and only where there was one.
    """

    def work() -> bool:
        done = database.run(query) > 0
        if done and act is not None:
            acts.write(database, act)
        return done

    return database.write(work)
