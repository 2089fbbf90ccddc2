"""How far a store had come, written down outside of it: an older copy can't hide.

A database restored from yesterday, or whose write-ahead log was cut off, is sound in
itself. It would give the numbers of lost events to new ones, and nobody would know.
So the highest number, and which file it was in, are kept beside what is trusted.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from engine.acts import act
from engine.machine.state import Actor
from engine.trust import Trust
from store import acts, counting
from store.database import Database
from store.whole import write_whole


class Seen(Struct, frozen=True):
    """`counted` is how far the device had numbered its events; `file` is the inode."""

    counted: int = 0
    file: int = 0


def note(database: Database) -> None:
    """Write down how far the store has come. It never goes back by itself."""
    now = as_it_is(database)
    if now == seen(database):
        return
    path = place(database)
    with path.with_suffix(".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = seen(database)
        if before.counted < now.counted and before.file in (0, now.file):
            write_whole(path, msgspec.json.encode(now))


def older_than_seen(database: Database) -> Iterator[str]:
    """What tells that this database is an older copy, or another file than it was."""
    before, now = seen(database), as_it_is(database)
    if now.counted < before.counted:
        lost = before.counted - now.counted
        yield (
            f"the database is an older copy: it has come to event {now.counted}, and"
            f" had come to {before.counted}; the last {lost} are lost. Bring the"
            " newer file back, or go on without them: `weir doctor --accept`"
        )
    elif before.file not in (0, now.file):
        yield (
            "the database is another file than it was, as after a restore: if it is the"
            " right one, `weir doctor --accept`"
        )


def accept(database: Database, who: Actor, now: float) -> None:
    """Go on with the database there is. Numbers that were given are not given again."""
    before = seen(database)
    said = act(who, "accept", "went on with the database as it is", now)

    def work() -> None:
        if before.counted > counting.highest(database):
            counting.skip_to(database, before.counted)
        acts.write(database, said)

    database.write(work)
    write_whole(place(database), msgspec.json.encode(as_it_is(database)))


def as_it_is(database: Database) -> Seen:
    return Seen(counting.highest(database), database.path.stat().st_ino)


def seen(database: Database) -> Seen:
    try:
        return msgspec.json.decode(place(database).read_bytes(), type=Seen)
    except FileNotFoundError:
        return Seen()


def place(database: Database) -> Path:
    folder = Trust.open().folder / "seen"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{database.device}.json"
