"""Looking for what should not be: a damaged file, rows that contradict the history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peewee import JOIN, SQL, fn

from store import blobs, counting, events, messages, packed, packs
from store.errors import DamagedDatabase, StoreError
from store.folder import sync_marker
from store.tables import (
    Approval,
    Artifact,
    Definition,
    Event,
    Packed,
    Run,
    Step,
    Table,
    Version,
)

if TYPE_CHECKING:
    from store.database import Database

MENDS = "`weir doctor --rebuild` makes the rows again"
# Enough to see what is wrong; a damaged file would give thousands.
MOST_LINES = 20


def check(database: Database, *, thorough: bool = False) -> list[str]:
    """One line for each thing that is wrong; none when all is well.

    `thorough` also reads every index and every file of blobs.
    """
    damage = list(damaged_pages(database, thorough))
    if damage:
        return damage
    return [
        *histories(database),
        *packs_read(database, thorough),
        *numbers(database),
        *gates_alone(database),
        *rows_behind(database),
        *orphans(database),
        *versions_missing(database),
        *blobs_missing(database, thorough),
        *messages_missing(database),
        *open_to_others(database),
        *copied_elsewhere(database),
    ]


def damaged_pages(database: Database, thorough: bool) -> Iterator[str]:
    pragma = "integrity_check" if thorough else "quick_check"
    try:
        found = database.rows(SQL(f"pragma {pragma}({MOST_LINES})"))
    except DamagedDatabase as error:
        yield str(error)
        return
    for (text,) in found:
        for line in text.splitlines():
            if line != "ok" and not line.startswith("***"):
                yield f"the database is damaged: {line}; restore a backup"


def histories(database: Database) -> Iterator[str]:
    """Histories count their events from 1 without a gap."""
    counted = (fn.COUNT(Event.seq), fn.MIN(Event.seq), fn.MAX(Event.seq))
    before = fn.COALESCE(fn.MAX(Packed.seq), 0)
    query = (
        Event.select(Event.run, *counted, before)
        .join(Packed, JOIN.LEFT_OUTER, on=(Packed.run == Event.run))
        .group_by(Event.run)
        .having((counted[0] != counted[2] - before) | (counted[1] != before + 1))
    )
    for name, count, low, high, packed_to in database.rows(query.limit(MOST_LINES)):
        besides = f", and {packed_to} that are packed" if packed_to else ""
        yield (
            f"run {name} has {count} events numbered {low} to {high}{besides}: "
            "some are lost; restore a backup"
        )


def packs_read(database: Database, thorough: bool) -> Iterator[str]:
    """What is packed can be read, and is as much as its row says."""
    if not thorough:
        return  # the histories of the newest runs are read in any case
    told = dict(database.rows(Packed.select(Packed.run, Packed.seq)))
    for run, data in packed.every(database):
        try:
            found = len(packs.events_in(run, data))
            packs.steps_in(run, data)
        except DamagedDatabase as error:
            yield str(error)
            continue
        if found != told.get(run, found):
            yield (
                f"of run {run} {found} events are packed, and not {told[run]}: "
                "some are lost; restore a backup"
            )


def numbers(database: Database) -> Iterator[str]:
    """Of the numbers this device gave, those of removed runs are gone, and no other."""
    gap, removed = counting.gap(database), counting.removed(database)
    if gap != removed:
        yield (
            f"{gap} of the {counting.highest(database)} events of this device are not "
            f"here, and {removed} were removed: some are lost; restore a backup"
        )


def gates_alone(database: Database) -> Iterator[str]:
    """Gates that are open and no step waits for, and steps whose gate is not open."""
    step = (Step.run == Approval.run) & (Step.path == Approval.path)
    waiting = Step.status == "waiting"
    pending = Approval.status == "pending"
    unwaited = (
        Approval.select(Approval.id, Approval.run, Approval.path)
        .join(Step, JOIN.LEFT_OUTER, on=(step & waiting))
        .where(pending & Step.run.is_null())
    )
    for gate, run, path in database.rows(unwaited.limit(MOST_LINES)):
        yield (
            f"gate {gate} of run {run} is open, and its step {path} does not wait: "
            f"{MENDS}"
        )
    unasked = (
        Step.select(Step.run, Step.path)
        .join(Approval, JOIN.LEFT_OUTER, on=(step & pending))
        .where(waiting & (Step.kind == "approval") & Approval.id.is_null())
    )
    for run, path in database.rows(unasked.limit(MOST_LINES)):
        yield f"step {path} of run {run} waits for a gate that is not open: {MENDS}"


def rows_behind(database: Database) -> Iterator[str]:
    """Runs whose row says another seq than their newest event."""
    newest = fn.COALESCE(fn.MAX(Event.seq), fn.MAX(Packed.seq), 0)
    query = (
        Run.select(Run.id, Run.seq, newest)
        .join(Event, JOIN.LEFT_OUTER, on=(Event.run == Run.id))
        .switch(Run)
        .join(Packed, JOIN.LEFT_OUTER, on=(Packed.run == Run.id))
        .group_by(Run.id, Run.seq)
        .having(Run.seq != newest)
        .limit(MOST_LINES)
    )
    for run, seq, last in database.rows(query):
        yield (
            f"run {run} is listed as of event {seq}, its history has {last}: "
            "`weir doctor --rebuild` makes the rows again"
        )


def orphans(database: Database) -> Iterator[str]:
    """Rows and events of runs that no list shows."""
    tables: tuple[type[Table], ...] = (Event, Packed, Step, Approval, Artifact)
    for table in tables:
        run: Any = table.run  # type: ignore[attr-defined]  # each has the column
        query = (
            table.select(run)
            .distinct()
            .join(Run, JOIN.LEFT_OUTER, on=(Run.id == run))
            .where(Run.id.is_null())
            .limit(MOST_LINES)
        )
        for (name,) in database.rows(query):
            yield (
                f"run {name} has rows in {table._meta.table_name} and is not listed: "
                f"{MENDS}"
            )


def versions_missing(database: Database) -> Iterator[str]:
    """Texts that runs or names rely on and that are not there."""
    for table, column in ((Run, Run.version), (Definition, Definition.version)):
        query = (
            table.select(column)
            .distinct()
            .join(Version, JOIN.LEFT_OUTER, on=(Version.sha == column))
            .where(Version.sha.is_null() & (column != ""))
            .limit(MOST_LINES)
        )
        for (sha,) in database.rows(query):
            yield (
                f"version {sha[:12]} named by a {table._meta.table_name} is missing: "
                "bring its file back and import it"
            )


def blobs_missing(database: Database, thorough: bool) -> Iterator[str]:
    """Files that rows name and that are gone, or changed when all are read."""
    documents = Artifact.select(Artifact.digest).where(Artifact.digest != "").distinct()
    of_events = sorted(events.large(database))
    for sha in (*of_events, *(sha for (sha,) in database.rows(documents))):
        try:
            if thorough:
                blobs.get(database.folder, sha)
            elif not blobs.path(database.folder, sha).is_file():
                yield f"{blobs.relative(sha)} is missing: restore it from a backup"
        except StoreError as error:
            yield str(error)


def messages_missing(database: Database) -> Iterator[str]:
    if lost := messages.missing(database):
        many = "a message" if lost == 1 else f"{lost:,} messages"
        yield f"{many} of the logs is not there: restore a backup"


def open_to_others(database: Database) -> Iterator[str]:
    for path, mode in ((database.folder, "700"), (database.path, "600")):
        if readable_by_others(path):
            yield f"{path} can be read by others: chmod {mode} {path}"


def readable_by_others(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)


def copied_elsewhere(database: Database) -> Iterator[str]:
    marker = sync_marker(database.folder)
    if marker is not None:
        yield (
            f"{marker.parent} is copied by a sync program, which can tear a database: "
            "keep the workspace outside of it"
        )
