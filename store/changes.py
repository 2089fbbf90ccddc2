"""Hearing that someone has written, in this process or in another."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import LIBRARY_ERRORS, DatabaseBusy, store_error
from store.folder import FOLDER_MODE
from store.sqlite import Connections

if TYPE_CHECKING:
    from store.database import Database

# The kernel's limit for the name of a socket (macOS; Linux allows four more).
LONGEST_NAME = 103
TICK = 50_000_000  # nanoseconds: what a file system may take for one time
DEAF = 0.1  # seconds between two looks, at the most, of whoever can't be rung for


def listeners(folder: Path) -> Path:
    return folder / "run"


class Bell:
    """Rings all who listen in a workspace, whichever process they are in."""

    def __init__(self, folder: Path) -> None:
        self._folder = listeners(folder)
        self._socket: socket.socket | None = None
        self._names: list[Path] = []
        self._looked_at: int | None = None  # the folder's time that they are of

    def ring(self) -> None:
        """Ring every listener once. Nobody waits, and a full ear has heard already."""
        names = self._listening()
        if not names:
            return
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        for name in names:
            ring(self._socket, name)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _listening(self) -> list[Path]:
        """The sockets in the folder, looked for again when it has changed."""
        try:
            changed = self._folder.stat().st_mtime_ns
            if changed != self._looked_at:
                self._names = [p for p in self._folder.iterdir() if p.suffix == ".sock"]
                # Another may come within the same tick of the clock, and not be told.
                settled = time.time_ns() - changed > TICK
                self._looked_at = changed if settled else None
        except OSError:  # nobody has ever listened here
            self._names, self._looked_at = [], None
        return self._names


def ring(bell: socket.socket, name: Path) -> None:
    try:
        bell.sendto(b"", str(name))
    except ConnectionRefusedError:
        # Its listener died without a word.
        name.unlink(missing_ok=True)
    except OSError:
        # Gone meanwhile, full, or too long a name: `data_version` tells that listener.
        return


async def changes(
    database: Database, *, every: float = 0.1
) -> AsyncGenerator[None, None]:
    """Yield once at the start, then whenever anyone has committed.

    Several commits may come as one. A listener's datagram wakes this within a
    millisecond; looking at `data_version` each `every` seconds is what it relies on.
    """
    watch = database.connections.another(patience=0)
    try:
        seen = data_version(watch)
        with listening(database.folder) as ear:
            yield
            while True:
                await rung(ear, every)
                now = data_version(watch)
                if now != seen and now is not None:
                    seen = now
                    yield
    finally:
        watch.close_all()


async def rung(ear: socket.socket | None, every: float) -> None:
    """Return when the bell rings, at the latest after `every` seconds.

    Between two calls nothing wakes the event loop, however often it rings.
    """
    if ear is None:
        await asyncio.sleep(min(every, DEAF))
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(every):
            await asyncio.get_running_loop().sock_recv(ear, 1)
            drain(ear)


def data_version(watch: Connections) -> int | None:
    """A number that moves with the commits of others; None while it can't be read."""
    try:
        return int(watch.data_version)
    except LIBRARY_ERRORS as error:
        mapped = store_error(error)
        if isinstance(mapped, DatabaseBusy):
            # Someone is recovering the file this very moment.
            return None
        raise mapped from error


@contextmanager
def listening(folder: Path) -> Iterator[socket.socket | None]:
    """A socket of our own in `.weir/run`, which is sent a datagram for each commit.

    None where there can't be one: a read-only folder, too long a path.
    """
    name = listeners(folder) / f"{os.getpid()}-{secrets.token_hex(4)}.sock"
    if len(os.fsencode(name)) > LONGEST_NAME:
        yield None
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.setblocking(False)
        if not is_bound(ear, name):
            yield None
            return
        try:
            yield ear
        finally:
            name.unlink(missing_ok=True)


def is_bound(ear: socket.socket, name: Path) -> bool:
    try:
        name.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
        ear.bind(str(name))
    except OSError:  # read-only, full, or a disk without sockets
        return False
    return True


def drain(ear: socket.socket) -> None:
    """Read all that came: many commits are one piece of news."""
    with suppress(BlockingIOError):
        while True:
            ear.recv(1)
