"""Context values that were looked up a little while ago, kept for as long as they say.

Each is a file in `.weir/cache`, named by the digest of all that was asked: the query
with its values and its database, the command, the address; its time of change says
until when it is good. No secret is in it: a server may send back what it was sent. What
has been kept for longer than its `ttl` is looked up again, and removed when another of
a name like its own is kept: there may be ten thousand.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from engine.context.found import Found
from store import blobs
from store.errors import LIBRARY_ERRORS, store_error
from store.whole import write_whole

Json = Any
FOLDER = "cache"
ALIKE = 2  # hexadecimal digits: one in 256 is looked at


class Entry(Struct, frozen=True):
    """A value as it was found, when (seconds since 1970), and until when it is good."""

    found: Found
    at: float
    until: float


class Kept:
    """The values kept in a workspace's `.weir`; with `fresh` none is taken, and all
    that are looked up are kept anew. `redact` takes the secrets out of a value."""

    def __init__(
        self,
        folder: Path,
        now: float,
        redact: Callable[[Json], Json],
        *,
        fresh: bool = False,
    ) -> None:
        self._folder = folder / FOLDER
        self._now = now
        self._redact = redact
        self._fresh = fresh

    def get(self, asked: Json) -> Found | None:
        """The value of what was asked, with the time at which it was found."""
        if self._fresh:
            return None
        entry = read(self._file(asked))
        # A clock that was set back makes nothing good for longer.
        if entry is None or not entry.at <= self._now < entry.until:
            return None
        return msgspec.structs.replace(entry.found, at=entry.at)

    def put(self, asked: Json, found: Found, ttl: float) -> None:
        """Keep a value for `ttl` seconds. Raises StoreError."""
        if not self._folder.parent.is_dir():
            return  # nothing was run here yet, and looking makes no `.weir`
        try:
            blobs.make_folder(self._folder)
            file, until = self._file(asked), self._now + ttl
            remove_old(file, self._now)
            entry = msgspec.to_builtins(Entry(found, self._now, until))
            data = msgspec.json.encode(self._redact(entry))
            write_whole(file, data)
            os.utime(file, (until, until))
        except LIBRARY_ERRORS as error:
            raise store_error(error) from error

    def _file(self, asked: Json) -> Path:
        told = msgspec.json.encode(asked, order="sorted")
        return self._folder / hashlib.sha256(told).hexdigest()


def remove_old(file: Path, now: float) -> None:
    """Remove what is good no more, of those whose names begin as that of a file."""
    for other in file.parent.glob(f"{file.name[:ALIKE]}*"):
        with suppress(FileNotFoundError):  # another process was quicker
            if other.stat().st_mtime <= now:
                other.unlink()


def read(file: Path) -> Entry | None:
    """What a file holds; None for one that is not there, or not whole: it is only a
    copy of what can be looked up."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Entry)
    except (OSError, msgspec.DecodeError):
        return None
