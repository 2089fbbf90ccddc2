"""What a look at the definition files leaves: new texts, problems, missing names.

A file that can't be used keeps the last good version of its name in force. A name
whose file is gone is marked missing; its versions and runs stay. A look that finds
nothing new writes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from peewee import chunked

from store.records import DefinitionRecord, ProblemRecord, VersionRecord
from store.shapes import DEFINITION, PROBLEM, VERSION
from store.tables import Problem, Version

if TYPE_CHECKING:
    from store.database import Database

Key = tuple[str, str]  # kind and name

# SQLite and PostgreSQL both take many more values in one statement.
AT_ONCE = 500


class Found(Struct, frozen=True, kw_only=True):
    """One file, looked at; it can't be used without `version`: `problems` say why.

    `kind` and `name` are "" where a broken file does not even say them; `title` is
    what lists show. When two files say one name, give `version` to one of them.
    """

    path: str
    kind: str = ""
    name: str = ""
    title: str = ""
    version: VersionRecord | None = None
    problems: tuple[ProblemRecord, ...] = ()

    @property
    def key(self) -> Key:
        return self.kind, self.name


class Scanned(Struct, frozen=True):
    """What a scan changed, each as (kind, name). Empty when nothing was written."""

    changed: tuple[Key, ...] = ()  # another version in force, another path or title
    missing: tuple[Key, ...] = ()
    problems: bool = False  # whether what is wrong has changed
    versions: int = 0  # texts new to the store, compiled anew, or now committed

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.problems or self.versions)


class Plan(Struct, frozen=True):
    """The rows a scan leads to."""

    definitions: list[DefinitionRecord]
    versions: list[VersionRecord]
    clear: list[str]  # paths whose problems are put anew
    problems: list[ProblemRecord]
    scanned: Scanned


def record_scan(
    database: Database,
    found: Sequence[Found],
    *,
    complete: bool,
    now: float,
    gone: Collection[str] = (),
) -> Scanned:
    """Put what was found into the store, in one transaction or in none.

    After a `complete` scan, names and problems of files that were not found are gone;
    otherwise those of the paths in `gone`.
    """
    if not plan(database, found, complete, now, gone).scanned:
        return Scanned()

    def work() -> Scanned:
        # Planned again: another process may have put the same scan meanwhile.
        planned = plan(database, found, complete, now, gone)
        write(database, planned)
        return planned.scanned

    return database.write(work)


def plan(
    database: Database,
    found: Sequence[Found],
    complete: bool,
    now: float,
    gone: Collection[str],
) -> Plan:
    """Compare what was found with what is stored; reads only."""
    rows = DEFINITION.read(database, DEFINITION.select())
    stored = {(row.kind, row.name): row for row in rows}
    wanted = names_after(stored, found, complete, frozenset(gone))
    definitions = [
        replace(row, updated_at=now)
        for key, row in wanted.items()
        if not same(row, stored.get(key))
    ]
    versions = new_versions(database, found)
    clear, problems = new_problems(database, found, complete, gone)
    missing = tuple((r.kind, r.name) for r in definitions if r.missing)
    changed = tuple((r.kind, r.name) for r in definitions if not r.missing)
    scanned = Scanned(changed, missing, bool(clear), len(versions))
    return Plan(definitions, versions, clear, problems, scanned)


def same(row: DefinitionRecord, stored: DefinitionRecord | None) -> bool:
    return stored is not None and stored == replace(row, updated_at=stored.updated_at)


def names_after(
    stored: dict[Key, DefinitionRecord],
    found: Sequence[Found],
    complete: bool,
    gone: frozenset[str],
) -> dict[Key, DefinitionRecord]:
    """The rows of all names touched by a scan, as they should be after it."""
    after: dict[Key, DefinitionRecord] = {}
    looked_at = {one.path for one in found} | gone
    for one in found:
        if one.version is not None and one.key not in after:
            after[one.key] = in_force(one, one.version)
    for one in found:
        if one.version is None:
            for key in names_of_broken(one, stored):
                row = stored.get(key)
                # Another file says this name, and nobody looked at that one.
                if row and row.path not in looked_at and not (complete or row.missing):
                    continue
                if key not in after:
                    after[key] = kept(one, key, row)
    for key, row in stored.items():
        if key not in after and (complete or row.path in looked_at):
            after[key] = replace(row, missing=True, problems=0)
    return after


def in_force(one: Found, version: VersionRecord) -> DefinitionRecord:
    return DefinitionRecord(
        kind=one.kind,
        name=one.name,
        path=one.path,
        version=version.sha,
        title=one.title,
        problems=len(one.problems),
    )


def names_of_broken(one: Found, stored: dict[Key, DefinitionRecord]) -> list[Key]:
    """The names a broken file stands for: what it says, or what it said before."""
    if one.kind and one.name:
        return [one.key]
    names = {key: row for key, row in stored.items() if row.path == one.path}
    present = [key for key, row in names.items() if not row.missing]
    newest = sorted(names, key=lambda key: names[key].updated_at)[-1:]
    return present or newest


def kept(one: Found, key: Key, row: DefinitionRecord | None) -> DefinitionRecord:
    """A broken file's name: the version in force stays, the problems are counted."""
    kind, name = key
    if row is None:
        row = DefinitionRecord(kind=kind, name=name, path=one.path, title=one.title)
    return replace(row, path=one.path, missing=False, problems=len(one.problems))


def new_versions(database: Database, found: Sequence[Found]) -> list[VersionRecord]:
    """Texts never seen, and those whose compiled form or commit is to be put anew.

    The text decides; a version seen before keeps its time and the commit it came with.
    """
    given = {one.version.sha: one.version for one in found if one.version is not None}
    stored = versions_known(database, list(given))
    versions = [version for sha, version in given.items() if sha not in stored]
    for sha, (old_format, old_commit, created_at) in stored.items():
        version = given[sha]
        if version.format > old_format or (version.commit and not old_commit):
            commit = old_commit or version.commit
            versions.append(replace(version, commit=commit, created_at=created_at))
    return versions


def versions_known(
    database: Database, shas: list[str]
) -> dict[str, tuple[int, str, float]]:
    """Of these texts the ones stored: their format, commit and time."""
    known: dict[str, tuple[int, str, float]] = {}
    columns = (Version.sha, Version.format, Version.commit, Version.created_at)
    for some in chunked(shas, AT_ONCE):
        query = Version.select(*columns).where(Version.sha.in_(some))
        known |= {sha: (*rest,) for sha, *rest in database.rows(query)}
    return known


def new_problems(
    database: Database, found: Sequence[Found], complete: bool, gone: Collection[str]
) -> tuple[list[str], list[ProblemRecord]]:
    """Paths whose problems have changed, and the problems they have now."""
    stored: dict[str, list[ProblemRecord]] = {}
    for problem in PROBLEM.read(database, PROBLEM.select().order_by(Problem.id)):
        stored.setdefault(problem.path, []).append(problem)
    now: dict[str, list[ProblemRecord]] = {path: [] for path in gone}
    if complete:
        now |= {path: [] for path in stored}
    now |= {one.path: [] for one in found}
    for one in found:
        now[one.path] += (replace(p, path=one.path) for p in one.problems)
    clear = [path for path, rows in now.items() if rows != stored.get(path, [])]
    return clear, [problem for path in clear for problem in now[path]]


def write(database: Database, planned: Plan) -> None:
    """Direct statements, a few hundred rows each; inside a transaction."""
    for some in chunked(map(VERSION.row, planned.versions), AT_ONCE):
        database.run(VERSION.upsert(some))
    for some in chunked(map(DEFINITION.row, planned.definitions), AT_ONCE):
        database.run(DEFINITION.upsert(some))
    for paths in chunked(planned.clear, AT_ONCE):
        database.run(Problem.delete().where(Problem.path.in_(paths)))
    for some in chunked(map(PROBLEM.row, planned.problems), AT_ONCE):
        database.run(PROBLEM.insert(some))
