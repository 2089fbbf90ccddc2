"""Definitions: the names there are, the texts they had, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from store.records import DefinitionRecord, ProblemRecord, VersionRecord
from store.scans import Found, Scanned, record_scan
from store.shapes import DEFINITION, PROBLEM, VERSION, words
from store.tables import Definition, Problem, Version

if TYPE_CHECKING:
    from store.database import Database

__all__ = [
    "Found",
    "Scanned",
    "add",
    "every",
    "every_version",
    "forget_compiled",
    "get",
    "problems",
    "record_scan",
    "uses",
    "version",
    "versions",
]


def every(database: Database) -> list[DefinitionRecord]:
    """All names there have ever been, the missing ones too, by kind and name."""
    query = DEFINITION.select().order_by(Definition.kind, Definition.name)
    return DEFINITION.read(database, query)


def get(database: Database, kind: str, name: str) -> DefinitionRecord | None:
    query = DEFINITION.select().where(
        (Definition.kind == kind) & (Definition.name == name)
    )
    return DEFINITION.first(database, query)


def version(database: Database, sha: str) -> VersionRecord | None:
    return VERSION.first(database, VERSION.select().where(Version.sha == sha))


def versions(database: Database, kind: str, name: str) -> list[VersionRecord]:
    """Every text a name has had, the newest first."""
    query = VERSION.select().where((Version.kind == kind) & (Version.name == name))
    newest = (Version.created_at.desc(), Version.sha)
    return VERSION.read(database, query.order_by(*newest))


def problems(database: Database, path: str | None = None) -> list[ProblemRecord]:
    """What is wrong, by path and line; `path` chooses one file's."""
    query = PROBLEM.select()
    if path is not None:
        query = query.where(Problem.path == path)
    return PROBLEM.read(database, query.order_by(Problem.path, Problem.id))


def uses(database: Database, key: str) -> list[DefinitionRecord]:
    """The definitions whose text in force uses `key`, as in `step/data-snapshot`."""
    query = (
        Definition.select(*DEFINITION.columns, Version.uses)
        .join(Version, on=(Version.sha == Definition.version))
        .where(Version.uses.contains(f'"{key}"'))
        .order_by(Definition.kind, Definition.name)
    )
    # LIKE gives `_` and `%` a meaning, so the list itself has the last word.
    return [
        DEFINITION.record_of(row)
        for *row, used in database.rows(query)
        if key in words.decode(used)
    ]


def every_version(database: Database) -> list[VersionRecord]:
    """Every text of every name, used by a run or not, the oldest first."""
    return VERSION.read(database, VERSION.select().order_by(Version.created_at))


def add(database: Database, found: Sequence[VersionRecord]) -> None:
    """Keep texts that runs go by, without a name in force. Those here stay."""
    if found:
        query = VERSION.insert([VERSION.row(v) for v in found]).on_conflict_ignore()
        database.write(lambda: database.run(query))


def forget_compiled(database: Database) -> None:
    """Let every version be read from its text again, whoever compiled it."""
    query = Version.update(compiled=b"", format=0)
    database.write(lambda: database.run(query))
