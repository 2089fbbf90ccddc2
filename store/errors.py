"""What can go wrong in the store, each said in one line to the person who meets it."""

from __future__ import annotations

import errno
from collections.abc import Iterator

import apsw
import peewee

# SQLite says this when it can't make its shared memory file any longer.
IOERR_SHMSIZE = 4874


class StoreError(Exception):
    """The store could not do what was asked; nothing of it was kept."""


class AffectedSqlite(StoreError):
    """The SQLite library at hand can corrupt a database that several processes use."""


class NewerSchema(StoreError):
    """The database was made by a newer Weir: it can be read, not written."""


class DatabaseBusy(StoreError):
    """Another process held the database for longer than we are willing to wait."""


class DiskFull(StoreError):
    """There is no room left on the disk of the workspace."""


class ReadOnlyDatabase(StoreError):
    """The database can't be written from here."""


class DamagedDatabase(StoreError):
    """The file is no database of ours, or no longer a sound one."""


class NoDatabase(StoreError):
    """There is no database in this folder."""


class UnfitFolder(StoreError):
    """A database can't live in this folder: a network disk, a link, not a folder."""


SAYINGS: dict[type[StoreError], str] = {
    DiskFull: "the disk is full: free some space and try again; nothing was written",
    ReadOnlyDatabase: "the database is read-only here: nothing was written",
    DatabaseBusy: "the database is locked by another process: try again in a moment",
    DamagedDatabase: "the database is damaged: run `weir doctor`, restore a backup "
    "from .weir/backup if it says so",
}


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it; the reason often hides behind a rollback."""
    seen: set[int] = set()
    following: list[BaseException | None] = [error]
    while following:
        one = following.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        following += [one.__context__, one.__cause__]


def kind_of(error: BaseException) -> type[StoreError] | None:
    """What one error of the library or the system means, or None when it is no sign."""
    match error:
        case apsw.FullError():
            return DiskFull
        case apsw.IOError() if getattr(error, "extendedresult", 0) == IOERR_SHMSIZE:
            return DiskFull
        case OSError() if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DiskFull
        case OSError() if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            return ReadOnlyDatabase
        case apsw.ReadOnlyError() | apsw.PermissionsError():
            return ReadOnlyDatabase
        case apsw.BusyError() | apsw.LockedError():
            return DatabaseBusy
        case apsw.CorruptError() | apsw.NotADBError():
            return DamagedDatabase
        case _:
            return None


def store_error(error: BaseException) -> StoreError:
    """The error a caller sees for what the library raised. Keeps a StoreError."""
    for one in chain(error):
        if isinstance(one, StoreError):
            return one
    for one in chain(error):
        if (kind := kind_of(one)) is not None:
            return kind(SAYINGS[kind])
    return StoreError(f"the database refused: {first_line(error)}")


def first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]


def say(error: Exception) -> str:
    """The reason in one line, with what to do, for any error out of the store."""
    if isinstance(error, StoreError):
        return first_line(error)
    return first_line(store_error(error))


# What reading and writing may raise before it is given a name of ours.
LIBRARY_ERRORS = (peewee.PeeweeException, apsw.Error, OSError)
