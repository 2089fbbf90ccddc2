"""Hearing of commits: one's own, another process's, with and without a socket."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from store.changes import Bell, changes, drain, listeners
from store.database import Database, open_database
from tests.store.given import begin, finished, program

# Long enough that only a datagram can be why something was heard.
NEVER = 3600.0
PATIENCE = 20.0


class Hearing:
    """Follows a database; each `next` waits for one piece of news."""

    def __init__(self, heard: AsyncIterator[None]) -> None:
        self._heard = heard

    async def next(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await anext(self._heard)


@asynccontextmanager
async def hearing(database: Database, every: float = 0.01) -> AsyncIterator[Hearing]:
    async with aclosing(changes(database, every=every)) as heard:
        one = Hearing(heard)
        await one.next()  # the one at the start
        yield one


WRITE_ONE = """
import sys
from pathlib import Path
from store.database import open_database
from tests.store.given import begin
with open_database(Path(sys.argv[1])) as database:
    database.writer.submit(lambda batch: begin(batch, sys.argv[2])).result()
"""


async def test_another_process_is_heard_by_its_datagram(database: Database) -> None:
    async with hearing(database, NEVER) as heard:
        finished(program(WRITE_ONE, database.folder, "r1"))
        await heard.next()


async def test_another_process_is_heard_without_a_datagram(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.changes.LONGEST_NAME", 10)
    async with hearing(database) as heard:
        assert not listeners(database.folder).exists()
        finished(program(WRITE_ONE, database.folder, "r1"))
        await heard.next()


async def test_our_own_commit_is_heard_too(database: Database) -> None:
    async with hearing(database, NEVER) as heard:
        for name in ("r1", "r2"):
            database.writer.submit(lambda batch, name=name: begin(batch, name)).result()
            await heard.next()


async def test_many_commits_may_come_as_one_and_none_is_missed(
    database: Database,
) -> None:
    async with hearing(database, NEVER) as heard:
        for n in range(300):
            database.writer.submit(lambda batch, n=n: begin(batch, f"r{n}")).result()
        await heard.next()
        # All of it was one piece of news; the next commit is another.
        database.writer.submit(lambda batch: begin(batch, "last")).result()
        await heard.next()


def ring(folder: Path) -> None:
    bell = Bell(folder)
    bell.ring()
    bell.close()


async def test_a_bell_without_a_commit_is_no_news(database: Database) -> None:
    async with hearing(database, NEVER) as heard:
        ring(database.folder)
        waiting = asyncio.create_task(heard.next())
        for _ in range(50):
            ring(database.folder)
            await asyncio.sleep(0)
        assert not waiting.done()
        database.writer.submit(lambda batch: begin(batch, "r1")).result()
        await waiting


async def test_who_begins_to_listen_later_is_rung_too(database: Database) -> None:
    bell = Bell(database.folder)
    bell.ring()
    folder = listeners(database.folder)
    folder.mkdir()
    for name in ("one", "two", "three"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.bind(str(folder / f"{name}.sock"))
            ear.settimeout(10)
            bell.ring()
            assert ear.recv(1) == b""
        (folder / f"{name}.sock").unlink()
        bell.ring()
    bell.close()


async def test_work_that_writes_nothing_rings_nobody(database: Database) -> None:
    folder = listeners(database.folder)
    folder.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(folder / "test.sock"))
        ear.setblocking(False)
        database.writer.submit(lambda batch: batch.others()).result()
        database.writer.close()
        with pytest.raises(BlockingIOError):
            ear.recv(1)


async def test_the_socket_is_private_and_goes_with_its_listener(
    database: Database,
) -> None:
    folder = listeners(database.folder)
    async with hearing(database):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert len(list(folder.iterdir())) == 1
    assert list(folder.iterdir()) == []


LISTEN = """
import asyncio, sys
from pathlib import Path
from store.changes import changes
from store.database import open_database
async def listen():
    async for _ in changes(open_database(Path(sys.argv[1]))):
        print("listening", flush=True)
asyncio.run(listen())
"""


async def test_what_a_killed_listener_left_is_swept_away(database: Database) -> None:
    listener = program(LISTEN, database.folder)
    assert listener.stdout is not None
    assert listener.stdout.readline() == "listening\n"
    folder = listeners(database.folder)
    assert len(list(folder.iterdir())) == 1
    listener.send_signal(signal.SIGKILL)
    listener.communicate()
    ring(database.folder)
    assert list(folder.iterdir()) == []


async def test_a_very_long_path_is_followed_by_polling(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / ".weir"
    with open_database(folder) as database, open_database(folder) as other:
        async with hearing(database) as heard:
            other.writer.submit(lambda batch: begin(batch, "r1")).result()
            await heard.next()


async def test_a_full_ear_holds_nobody_up(database: Database) -> None:
    folder = listeners(database.folder)
    folder.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(folder / "test.sock"))
        ear.setblocking(False)
        for _ in range(1000):
            ring(database.folder)
        drain(ear)
        with pytest.raises(BlockingIOError):
            ear.recv(1)


def test_ringing_where_nobody_ever_listened_does_nothing(tmp_path: Path) -> None:
    ring(tmp_path)
    assert os.listdir(tmp_path) == []  # noqa: PTH208
