"""Bringing a database to the tables this Weir knows, once and by one process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.errors import DamagedDatabase, NewerSchema
from store.folder import FILE_MODE, FOLDER_MODE
from store.sqlite import Connections
from store.tables import APPLICATION_ID, SCHEMA

MIGRATIONS = Path(__file__).parent / "migrations"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: no two processes create or migrate at a time."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def schema_of(connections: Connections) -> int:
    """The number of the newest migration this file has had; 0 for an empty file.

    Raises DamagedDatabase when the file belongs to another program.
    """
    # One look: another process may be making the tables between two.
    with connections.atomic():
        version = int(connections.user_version)
        application = int(connections.application_id)
        tables = connections.get_tables()
    if application == APPLICATION_ID:
        return version
    if application or version or tables:
        raise DamagedDatabase(
            "the file .weir/weir.db is not a database of Weir: move it away"
        )
    return 0


def refuse_newer(found: int) -> None:
    if found > SCHEMA:
        raise NewerSchema(newer_schema_saying(found))


def newer_schema_saying(found: int) -> str:
    return (
        f"the database was made by a newer Weir (schema {found}, this one knows "
        f"{SCHEMA}): it can be read, not written; upgrade Weir"
    )


def migrate(connections: Connections, folder: Path) -> None:
    """Run the scripts that are missing, in one transaction, after a backup."""
    with alone(folder):
        found = schema_of(connections)
        if found >= SCHEMA:
            return
        if found:
            back_up(connections, folder, found)
        # Kept in the file from here on; it can't be changed in a transaction.
        connections.execute_sql("pragma journal_mode = wal").fetchall()
        with connections.atomic("IMMEDIATE"):
            run_scripts(connections)
            connections.execute_sql(f"pragma application_id = {APPLICATION_ID}")
            connections.execute_sql(f"pragma user_version = {SCHEMA}")


def run_scripts(connections: Connections) -> None:
    # Imported here: only the first start of a new Weir needs it.
    from playhouse.migrations import Runner

    # The runner notes when each script ran as a datetime, which APSW does not bind.
    connections.connection().convert_binding = lambda cursor, number, value: str(value)
    Runner(connections, str(MIGRATIONS)).up()
    connections.connection().convert_binding = None


def back_up(connections: Connections, folder: Path, found: int) -> Path:
    """A copy of the database beside it, named by its schema and the time."""
    backups = folder / "backup"
    backups.mkdir(mode=FOLDER_MODE, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    path = backups / f"weir-schema{found}-{stamp}-{os.getpid()}.db"
    # SQLite fills an empty file; left to itself it would make one others may read.
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    connections.execute_sql("vacuum into ?", (str(path),))
    return path
