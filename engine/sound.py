"""What a reader of histories finds wrong: rows and processes that tell otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import fields

from engine.errors import Unreadable, WeirError
from engine.handle import Engine
from engine.lost import boot_id, started
from store import doctor, events, processes, steps
from store.batch import Batch, Buffer, Turn
from store.database import Database
from store.errors import DatabaseBusy, DiskFull, ReadOnlyDatabase, StoreError
from store.rebuilding import Rows, rows_of

# What a history that was harmed can come to on its way to rows, and what it can't.
BROKEN = (WeirError, StoreError, ValueError, LookupError)
UNHARMED = (DatabaseBusy, DiskFull, ReadOnlyDatabase)
MENDS = "`weir doctor --rebuild` makes the rows again"
MOST_RUNS = 2000  # the newest ones, unless all are to be looked at


def check(engine: Engine, *, thorough: bool = False) -> list[str]:
    """One line for each thing that is wrong, the store's own first."""
    found = doctor.check(engine.database, thorough=thorough)
    if found and any(line.startswith("the database is damaged") for line in found):
        return found
    names = events.runs(engine.database)
    chosen = names if thorough else names[-MOST_RUNS:]
    disagreeing = [line for name in chosen for line in disagreements(engine, name)]
    return [*found, *disagreeing, *orphan_processes(engine.database)]


def rebuild(engine: Engine) -> tuple[int, list[str]]:
    """Write the rows of every run anew: how many, and a line for each that stays.

    A run whose row is lost has a history all the same. Raises StoreError where nothing
    can be written.
    """
    wrong: list[str] = []
    found = events.runs(engine.database)
    for run in found:
        try:
            engine.rebuild(run)
        except UNHARMED:
            raise
        except BROKEN as error:
            wrong.append(unreadable(run, error))
    return len(found) - len(wrong), wrong


def unreadable(run: str, error: Exception) -> str:
    if isinstance(error, Unreadable):
        return str(error)
    return f"run {run} can't be read: {error}; restore a backup"


def disagreements(engine: Engine, run: str) -> Iterator[str]:
    """Rows of a run that are not what its history says."""
    try:
        told = expected(engine, run)
    except BROKEN as error:
        yield unreadable(run, error)
        return
    here = rows_of(engine.database, run)
    wrong = [*differing("run", [(run, here.run, told.runs.get(run))])]
    for what, rows in sides(here, told):
        wrong += differing(what, rows)
    if wrong:
        yield f"run {run}: {'; '.join(wrong[:5])}, its history says otherwise: {MENDS}"


def expected(engine: Engine, run: str) -> Buffer:
    """The rows that a run's history leads to, as a rebuild would write them."""
    batch = Batch(Turn(engine.database.folder, {}, True, lambda rows: None))
    engine.put_rows_of(batch, events.history(engine.database, run))
    return batch


Sides = Iterator[tuple[str, Sequence[tuple[Any, Any, Any]]]]


def sides(here: Rows, told: Buffer) -> Sides:
    """For each table the keys, with the row that is here and the one that should be."""
    by_path = {path: row for (_, path), row in told.steps.items()}
    by_name = {(path, name): row for (_, path, name), row in told.artifacts.items()}
    for what, ours, theirs in (
        ("step", here.steps, by_path),
        ("approval", here.approvals, told.approvals),
        ("artifact", here.artifacts, by_name),
    ):
        keys = list(dict.fromkeys([*ours, *theirs]))
        yield what, [(key, ours.get(key), theirs.get(key)) for key in keys]


def differing(what: str, rows: Sequence[tuple[Any, Any, Any]]) -> Iterator[str]:
    for key, here, told in rows:
        name = f"{what} {key if isinstance(key, str) else '/'.join(key)}"
        if here is None:
            yield f"{name} has no row"
        elif told is None:
            yield f"{name} is listed and never was"
        elif here != told:
            columns = [
                field.name
                for field in fields(here)
                if getattr(here, field.name) != getattr(told, field.name)
            ]
            yield f"{name} has another {', '.join(columns)}"


def orphan_processes(database: Database) -> Iterator[str]:
    """Groups that an attempt began, and that live although the attempt is over."""
    running = {(s.run, s.path, s.attempt) for s in steps.running(database)}
    for each in processes.every(database):
        over = (each.run, each.path, each.attempt) not in running
        alive = each.boot == boot_id() and started(each.pid) == each.pid_started
        if over and alive and each.pid_started:
            yield (
                f"process {each.pid} of {each.path} of run {each.run} goes on although"
                f" attempt {each.attempt} is over: end it with kill -- -{each.pid}"
            )
