"""Context from a SQLite file of the workspace: read-only, in bounded rows and time."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from engine.context import servers
from engine.context.found import Absent, Found, Unavailable, of_value, plain
from engine.errors import WeirError
from engine.files import safe_path
from engine.workspace import Workspace

Json = Any
Row = dict[str, Json]

MAX_ROWS = 10_000
SECONDS = 10.0
MAX_VALUE = 5 * 1024 * 1024  # bytes of one text or blob
STEPS = 10_000  # of SQLite's virtual machine, between two looks at the clock
SCALARS = (str, int, float, bool, type(None))
READ_ONLY = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_NOFOLLOW
READ_WRITE = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_NOFOLLOW


async def query(
    workspace: Workspace, database: str, sql: str, given: Mapping[str, Json], one: bool
) -> Found:
    """The rows of a query, or the one row it has. Raises Absent, Unavailable."""
    bound = bound_in(sql, given)
    if (server := server_of(workspace, database)) is not None:
        asking = asyncio.to_thread(
            servers.select, database, server, sql, bound, MAX_ROWS
        )
        rows = await in_time(asking)
        return of_value(only(rows, database, sql, bound) if one else rows, database)
    path = path_of(workspace, database)
    stop = threading.Event()
    try:
        with told(database):
            rows = await asyncio.to_thread(select, path, sql, bound, stop)
    finally:
        stop.set()
    return of_value(only(rows, database, sql, bound) if one else rows, database)


@contextmanager
def told(database: str) -> Iterator[None]:
    """Whatever SQLite refuses, as Unavailable in words."""
    try:
        yield
    except KeyError as error:
        raise Unavailable(
            "missing", f"the query reads :{error.args[0]}, which has no value"
        ) from error
    except apsw.InterruptError as error:
        raise Unavailable(
            "timeout", f"the query took longer than {SECONDS:g} s"
        ) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise Unavailable("lost", f"{database} is locked", True) from error
    except apsw.SQLError as error:  # in what was asked; the others are in the file
        raise Unavailable("internal", f"{database}: {error}") from error
    except apsw.Error as error:
        raise Unavailable("missing", f"{database}: {error}") from error


async def change(
    workspace: Workspace, database: str, sql: str, given: Mapping[str, Json]
) -> int:
    """Run a statement that writes, in a transaction of its own; the rows it changed.

    Raises Unavailable; then nothing has changed.
    """
    bound = bound_in(sql, given)
    if (server := server_of(workspace, database)) is not None:
        return await asyncio.to_thread(servers.write, database, server, sql, bound)
    path = path_of(workspace, database)
    with told(database):
        return await asyncio.to_thread(write, path, sql, bound)


def bound_in(sql: str, given: Mapping[str, Json]) -> dict[str, Json]:
    """The values of the names that a query binds, as far as they can be bound."""
    found = {key: value for key, value in given.items() if isinstance(value, SCALARS)}
    return {name: found[name] for name in names_in(sql) if name in found}


async def in_time(asking: Awaitable[list[Row]]) -> list[Row]:
    try:
        return await asyncio.wait_for(asking, SECONDS)
    except TimeoutError as error:
        words = f"the query took longer than {SECONDS:g} s"
        raise Unavailable("timeout", words) from error


def server_of(workspace: Workspace, database: str) -> str | None:
    """What weir.toml says of a database that is a server; None for a file."""
    said = workspace.config.databases.get(database, "")
    return said if servers.is_address(said) else None


def path_of(workspace: Workspace, database: str) -> Path:
    known = workspace.config.databases
    if database not in known:
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise Unavailable(
            "missing", f"weir.toml names no database {database!r} ({has})"
        )
    try:
        return safe_path(workspace.root, known[database])
    except WeirError as error:
        raise Unavailable("missing", f"database {database}: {error}") from error


def select(
    path: Path, sql: str, bound: Mapping[str, Json], stop: threading.Event
) -> list[Row]:
    """Run the query on a connection of its own, until its time is up or `stop` is set.

    A view in the file can't call for more than SQLite's own functions, and no other
    file can be attached.
    """
    connection = apsw.Connection(str(path), flags=READ_ONLY)
    try:
        bounded(connection, stop)
        return rows_of(connection.execute(sql, bound))
    finally:
        connection.close()


def bounded(connection: apsw.Connection, stop: threading.Event) -> None:
    until = time.monotonic() + SECONDS
    connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 0)
    connection.limit(apsw.SQLITE_LIMIT_LENGTH, MAX_VALUE)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.set_busy_timeout(2000)
    connection.set_progress_handler(
        lambda: stop.is_set() or time.monotonic() > until, STEPS
    )


def write(path: Path, sql: str, bound: Mapping[str, Json]) -> int:
    connection = apsw.Connection(str(path), flags=READ_WRITE)
    try:
        bounded(connection, threading.Event())  # once begun it is not left half-way
        connection.execute("begin immediate")
        for _ in connection.execute(sql, bound):
            pass  # what it returns is not kept
        connection.execute("commit")
        return int(connection.total_changes())
    finally:
        connection.close()  # what was not committed is not there


def rows_of(cursor: apsw.Cursor) -> list[Row]:
    rows: list[Row] = []
    for row in cursor:
        columns = [name for name, _ in cursor.get_description()]
        rows.append(plain(dict(zip(columns, row, strict=True))))
        if len(rows) > MAX_ROWS:
            raise Unavailable("limit", f"the query has more than {MAX_ROWS} rows")
    return rows


def names_in(sql: str) -> list[str]:
    """The names a query may bind; a text in it may look like one."""
    return [*dict.fromkeys(re.findall(r"[:@$]([A-Za-z_]\w*)", sql))]


def only(rows: list[Row], database: str, sql: str, bound: Mapping[str, Json]) -> Row:
    """The one row there is."""
    read = [name for name in names_in(sql) if name in bound]
    by = ", ".join(f"{name}={bound[name]}" for name in read)
    wanted = f"row for {by} in {database}" if by else f"row in {database}"
    if not rows:
        raise Absent(f"no {wanted}")
    if len(rows) > 1:
        raise Unavailable("missing", f"more than one {wanted}; the query must find one")
    return rows[0]
