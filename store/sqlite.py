"""How we speak to SQLite: which library, which pragmas, one connection a thread."""

from __future__ import annotations

import time
import weakref
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import apsw
from playhouse.apsw_ext import APSWDatabase

from store.errors import AffectedSqlite

Version = tuple[int, int, int]

# The race in which a WAL reset loses committed pages came with WAL and was mended in
# 3.51.3 and in two older branches: https://sqlite.org/releaselog/3_51_3.html
FIRST_AFFECTED: Version = (3, 7, 0)
FIRST_MENDED: Version = (3, 51, 3)
MENDED_BRANCHES = {(3, 44): 6, (3, 50): 7}

NAP = 0.001  # seconds between two tries for a lock that another process holds

PAGE = 4096  # bytes, as SQLite makes them
LOG_PAGES = 1000  # of the log, after which it is moved into the file

PRAGMAS: tuple[tuple[str, int | str], ...] = (
    # FULL: of 2,068 images of a crash none had lost an acknowledged commit, of those
    # with NORMAL every second one had.
    ("synchronous", "FULL"),
    ("fullfsync", 1),
    ("checkpoint_fullfsync", 1),
    # A runner moves the log into the file beside its work. Whoever commits does so only
    # where the log has grown to eight times that: it would hold up a decision.
    ("wal_autocheckpoint", 8 * LOG_PAGES),
    # Eight connections of a process, one a thread: the system keeps the pages as well.
    ("cache_size", -500),  # KB
    ("foreign_keys", 1),
    # The file may come from someone else: its schema and its pages are not trusted.
    ("trusted_schema", 0),
    ("cell_size_check", 1),
    # Debian's library overwrites what is deleted, the one in the wheel does not.
    ("secure_delete", 1),
)


def is_affected(version: Version) -> bool:
    """Whether this SQLite has the WAL-reset race."""
    mended = MENDED_BRANCHES.get(version[:2])
    if mended is not None and version[2] >= mended:
        return False
    return FIRST_AFFECTED <= version < FIRST_MENDED


def library_version() -> Version:
    major, minor, patch = (int(part) for part in apsw.sqlitelibversion().split(".")[:3])
    return major, minor, patch


def refuse_affected(version: Version) -> None:
    if is_affected(version):
        text = ".".join(map(str, version))
        raise AffectedSqlite(
            f"SQLite {text} can corrupt a database that several processes use; "
            "install apsw 3.51.3 or newer: pip install --upgrade apsw"
        )


class Patience:
    """How one connection waits for another process: looking again every millisecond.

    SQLite's own waiting takes naps of up to 100 ms, while a commit takes one or two: a
    decision that met one of the runner's was then late by the rest of a nap.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = 0.0

    def __call__(self, tries: int) -> bool:
        """Whether to try again; `tries` counts from 0 for each lock that is met."""
        now = time.monotonic()
        if tries == 0:
            self._until = now + self._seconds
        if now >= self._until:
            return False
        time.sleep(NAP if now + NAP < self._until else self._until - now)
        return True


class Connections(APSWDatabase):
    """Peewee's database, one connection a thread, all of them closed by `close_all`.

    `immutable` reads a file that nobody can write to, without the lock files.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool,
        immutable: bool = False,
        patience: float = 10.0,
    ) -> None:
        self.path = path
        self._patience = patience
        self.immutable = immutable
        self._all: weakref.WeakSet[apsw.Connection] = weakref.WeakSet()
        flags = apsw.SQLITE_OPEN_URI | (
            apsw.SQLITE_OPEN_READONLY
            if read_only
            else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        )
        name = f"file:{quote(str(path))}" + ("?immutable=1" if immutable else "")
        super().__init__(  # type: ignore[no-untyped-call]
            name, pragmas=list(PRAGMAS), timeout=patience, flags=flags
        )

    def _connect(self) -> apsw.Connection:
        connection: apsw.Connection = super()._connect()  # type: ignore[no-untyped-call]
        self._all.add(connection)
        if self._patience > 0:
            connection.set_busy_handler(Patience(self._patience))
        return connection

    def another(self, *, patience: float) -> Connections:
        """More connections to the same file, to look at only."""
        return Connections(
            self.path, read_only=True, immutable=self.immutable, patience=patience
        )

    def close_all(self) -> None:
        """Close the connections of every thread.

        One that is reading this very moment is left to end with its thread.
        """
        for connection in list(self._all):
            with suppress(apsw.ThreadingViolationError):
                connection.close()
        self.dispose()
