"""What the library raises, in one line that says what to do."""

from __future__ import annotations

import errno

import apsw
import peewee
import pytest

from store.database import (
    DamagedDatabase,
    DatabaseBusy,
    DiskFull,
    ReadOnlyDatabase,
    StoreError,
    say,
)
from store.errors import store_error


def hidden(reason: Exception) -> Exception:
    """As Peewee shows a full disk: the rollback's complaint, the reason behind it."""
    error = peewee.OperationalError("cannot rollback - no transaction is active")
    error.__context__ = reason
    return error


@pytest.mark.parametrize(
    ("reason", "kind", "says"),
    [
        (apsw.FullError("full"), DiskFull, "the disk is full"),
        (OSError(errno.ENOSPC, "No space"), DiskFull, "the disk is full"),
        (apsw.ReadOnlyError("ro"), ReadOnlyDatabase, "read-only"),
        (OSError(errno.EROFS, "ro"), ReadOnlyDatabase, "read-only"),
        (apsw.BusyError("locked"), DatabaseBusy, "locked by another process"),
        (apsw.LockedError("locked"), DatabaseBusy, "locked by another process"),
        (apsw.CorruptError("malformed"), DamagedDatabase, "weir doctor"),
        (apsw.NotADBError("no"), DamagedDatabase, "weir doctor"),
    ],
)
def test_the_reason_is_found_wherever_it_hides(
    reason: Exception, kind: type[StoreError], says: str
) -> None:
    for error in (reason, hidden(reason)):
        assert type(store_error(error)) is kind
        assert says in say(error)
        assert "\n" not in say(error)


def test_what_has_no_name_of_ours_is_still_one_line() -> None:
    error = peewee.OperationalError("no such table: thing\nand more")
    assert say(error) == "the database refused: no such table: thing"


def test_an_error_of_ours_keeps_its_words() -> None:
    assert say(DiskFull("the disk is full\nreally")) == "the disk is full"


def test_a_chain_that_bites_its_tail_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__context__, two.__context__ = two, one
    assert say(one) == "the database refused: one"
