"""The one door to a workspace's database: open it, read from it, find its writer."""

from __future__ import annotations

import base64
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import apsw
from peewee import SQL

from store import schema
from store.errors import (
    LIBRARY_ERRORS,
    AffectedSqlite,
    DamagedDatabase,
    DatabaseBusy,
    DiskFull,
    NewerSchema,
    NoDatabase,
    ReadOnlyDatabase,
    StoreError,
    UnfitFolder,
    chain,
    say,
    store_error,
)
from store.folder import is_writable, prepare_file, prepare_folder
from store.sqlite import LOG_PAGES, PAGE, Connections, library_version, refuse_affected
from store.tables import SCHEMA, Setting

if TYPE_CHECKING:
    from store.writing import Writer

__all__ = [
    "AffectedSqlite",
    "DamagedDatabase",
    "Database",
    "DatabaseBusy",
    "DiskFull",
    "NewerSchema",
    "NoDatabase",
    "ReadOnlyDatabase",
    "StoreError",
    "UnfitFolder",
    "open_database",
    "say",
]

NAME = "weir.db"
LONGEST_PATIENCE = 600
T = TypeVar("T")


class Database:
    """A workspace's database: one of these in a process; any thread may read.

    `device` names this workspace on this machine, for ever. `refusal` is why nothing
    can be written, None where it can.
    """

    def __init__(
        self, folder: Path, connections: Connections, refusal: StoreError | None
    ) -> None:
        self.folder = folder
        self.path = folder / NAME
        self.connections = connections
        self.refusal = refusal
        self._writer: Writer | None = None
        self._lock = threading.Lock()
        self._texts: dict[Callable[[], Any], str] = {}
        self.device = device_id(self)

    @property
    def read_only(self) -> bool:
        return self.refusal is not None

    def require_writable(self) -> None:
        """Raise why nothing can be written, where that is so."""
        if self.refusal is not None:
            raise type(self.refusal)(*self.refusal.args)

    @property
    def writer(self) -> Writer:
        """The one writer of this process, started when it is first asked for."""
        if self._writer is not None:
            return self._writer
        from store.writing import Writer

        self.require_writable()
        with self._lock:
            if self._writer is None:
                self._writer = Writer(self)
            return self._writer

    @property
    def has_written(self) -> bool:
        """Whether this process has asked for its writer."""
        return self._writer is not None

    def rows(self, query: Any) -> list[tuple[Any, ...]]:
        """Every row of a Peewee query; no cursor stays open behind it."""
        try:
            found: list[tuple[Any, ...]] = self.connections.execute(query).fetchall()
        except LIBRARY_ERRORS as error:
            raise store_error(error) from error
        return found

    def rows_of(self, make: Callable[[], Any], *values: Any) -> list[tuple[Any, ...]]:
        """As `rows`, of a query whose text Peewee makes only once.

        `make` builds it with places for the values, in their order. For what is asked
        at every step: Peewee takes longer to write a query than SQLite to answer it.
        """
        text = self._texts.get(make)
        if text is None:
            text = self._texts[make] = make().sql()[0]
        try:
            return list(self.connections.execute_sql(text, values).fetchall())
        except LIBRARY_ERRORS as error:
            raise store_error(error) from error

    def value(self, query: Any) -> Any:
        """The first column of the first row, or None when there is no row."""
        found = self.rows(query)
        return found[0][0] if found else None

    def run(self, query: Any) -> int:
        """Execute a Peewee query that writes, inside `write`; how many rows changed."""
        return int(self.connections.rows_affected(self.connections.execute(query)))

    def write(self, work: Callable[[], T]) -> T:
        """Run direct statements in a transaction of their own, and wait for it."""
        writer = self.writer
        if writer.on_this_thread():
            raise RuntimeError("a piece of work can't wait for the writer it runs on")
        return writer.submit_alone(work).result()

    def move_log(self) -> None:
        """Move what the log holds into the file, if it is much. Nobody waits for it."""
        log = self.path.with_name(f"{NAME}-wal")
        if log.exists() and log.stat().st_size > LOG_PAGES * PAGE:
            self.rows(SQL("pragma wal_checkpoint(passive)"))

    def close(self) -> None:
        """Finish what was submitted, then let go of the file. Closing twice is fine."""
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        self.connections.close_all()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_database(
    folder: Path,
    *,
    create: bool = True,
    read_only: bool = False,
    patience: float | None = None,
) -> Database:
    """Open `folder`/weir.db, made or migrated where that is needed and allowed.

    `folder` is the workspace's `.weir`; `patience` is how long (seconds) a writer
    waits for another process: WEIR_PATIENCE, else 10. A folder that can't be written,
    and a database made by a newer Weir, are opened for reading.
    """
    refuse_affected(library_version())
    patience = patience_asked() if patience is None else patience
    try:
        return prepared(folder, create and not read_only, read_only, patience)
    except LIBRARY_ERRORS as error:
        raise store_error(error) from error


def patience_asked() -> float:
    """Seconds out of WEIR_PATIENCE. Raises StoreError for what is no such number."""
    told = os.environ.get("WEIR_PATIENCE", "10")
    with suppress(ValueError):
        if 0 <= float(told) <= LONGEST_PATIENCE:
            return float(told)
    raise StoreError(
        f"WEIR_PATIENCE is {told!r}; it must be seconds from 0 to {LONGEST_PATIENCE}"
    )


def prepared(folder: Path, create: bool, read_only: bool, patience: float) -> Database:
    prepare_folder(folder, create=create)
    path = folder / NAME
    prepare_file(path, create=create and is_writable(folder))
    if read_only:
        return reading(folder, patience, ReadOnlyDatabase("opened only to look at"))
    if not (is_writable(folder) and is_writable(path)):
        return reading(folder, patience, ReadOnlyDatabase(read_only_saying(folder)))
    connections = Connections(path, read_only=False, patience=patience)
    try:
        found = schema.schema_of(connections)
        if found > SCHEMA:
            connections.close_all()
            newer = NewerSchema(schema.newer_schema_saying(found))
            return reading(folder, patience, newer)
        if found < SCHEMA:
            schema.migrate(connections, folder)
        return Database(folder, connections, None)
    except BaseException:
        connections.close_all()
        raise


def read_only_saying(folder: Path) -> str:
    return f"{folder} can't be written to: nothing can be started or decided here"


def reading(folder: Path, patience: float, refusal: StoreError) -> Database:
    """A database to look at. Its schema may be newer than ours, or not there yet."""
    path = folder / NAME
    connections = Connections(path, read_only=True, patience=patience)
    try:
        found = schema_of_read_only(connections)
    except LIBRARY_ERRORS as error:
        connections.close_all()
        if is_writable(folder) or not any(
            isinstance(one, apsw.CantOpenError) for one in chain(error)
        ):
            raise
        # Without the right to make its lock files SQLite reads only what it is told
        # nobody can change.
        connections = Connections(path, read_only=True, immutable=True)
        found = schema_of_read_only(connections)
    if found > SCHEMA and not isinstance(refusal, NewerSchema):
        refusal = NewerSchema(schema.newer_schema_saying(found))
    return Database(folder, connections, refusal)


def schema_of_read_only(connections: Connections) -> int:
    found = schema.schema_of(connections)
    if found < SCHEMA:
        raise ReadOnlyDatabase(
            f"the database has schema {found} and this Weir needs {SCHEMA}, "
            "but it can't be written to: make the folder writable and open it once"
        )
    return found


def device_id(database: Database) -> str:
    """This workspace's name among machines: 125 random bits, made once."""
    wanted = Setting.select(Setting.value).where(Setting.name == "device")
    found = database.value(wanted)
    if found is None and not database.read_only:
        fresh = "d" + base64.b32encode(secrets.token_bytes(16)).decode()[:25].lower()
        row = Setting.insert(name="device", value=fresh).on_conflict_ignore()
        # Two processes may come here at once; the first stays.
        with database.connections.atomic("IMMEDIATE"):
            database.connections.execute(row)
        found = database.value(wanted)
        # Into the file itself: a store whose log is cut off is known for what it was.
        database.rows(SQL("pragma wal_checkpoint(truncate)"))
    return str(found or "")
