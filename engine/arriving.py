"""Looking for a file that is to come, without following a link out of the workspace.

A file that someone is still writing is there already. It counts once its size and its
times have stood still for a moment, and is measured by the handle it was opened with.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from engine.definition.patterns import MAGIC
from engine.files import (
    FILE,
    FOLDER,
    LINKS,
    MB,
    PRIVATE,
    FileMissing,
    FileRefused,
    Look,
    is_text,
    look_in,
    opened,
    parts_of,
    refused,
)
from engine.machine.state import FileAwaited

Json = Any

STILL = 2.0  # seconds


class Watched:
    """A file that is waited for: what has been seen of it, and since when.

    With `digest` it is another text than the one that has this SHA-256.
    """

    def __init__(
        self, root: Path, awaited: FileAwaited, still: float = STILL, digest: str = ""
    ) -> None:
        self.digest = digest
        self._root = root
        self._awaited = awaited
        self._still = still
        self._seen: dict[str, tuple[Look, float]] = {}
        self._passed: Look | None = None

    def look(self) -> Sighting | None:
        """The first by name of those that fit and stand still. Raises FileRefused."""
        now = time.monotonic()
        seen: dict[str, tuple[Look, float]] = {}
        for path, look in found(self._root, self._awaited):
            before, since = self._seen.get(path, (None, now))
            seen[path] = (look, since if before == look else now)
        self._seen = seen
        for path, (look, since) in sorted(seen.items()):
            if now - since >= self._still and look != self._passed:
                return Sighting(path, look)
        return None

    def passes(self, seen: Sighting, digest: str) -> bool:
        """Whether what was seen is the text that is known: it is not seen again."""
        if not self.digest or (self._awaited.path, self.digest) != (seen.path, digest):
            return False
        self._passed = seen.look
        return True


class Sighting(Struct, frozen=True):
    """A file, and how it looked."""

    path: str
    look: Look


def found(root: Path, awaited: FileAwaited) -> Iterator[tuple[str, Look]]:
    """The regular files that are meant. A name that only fits may be passed over."""
    parts = parts_of(awaited.path)
    with opened(root, (), awaited.path) as handle:
        yield from _below(handle, parts, "", awaited.pattern)


def _below(
    folder: int, parts: tuple[str, ...], above: str, pattern: bool
) -> Iterator[tuple[str, Look]]:
    """What is meant below a folder that is open; `above` is its path and a slash."""
    name, *rest = parts
    any_name = pattern and MAGIC.search(name) is not None
    for each in _fitting(folder, name, above) if any_name else [name]:
        path = above + each
        try:
            if not rest:
                yield path, _look(folder, each, path)
                continue
            below = os.open(each, FOLDER, dir_fd=folder)
        except FileMissing:
            continue
        except FileRefused:
            if any_name:
                continue
            raise
        except OSError as error:
            why = refused(path, error, in_folder=True)
            if any_name or isinstance(why, FileMissing):
                continue
            raise why from error
        try:
            yield from _below(below, tuple(rest), f"{path}/", pattern)
        finally:
            os.close(below)


def _fitting(folder: int, pattern: str, above: str) -> list[str]:
    """The names in a folder that fit; a hidden one only where the pattern says a dot.

    What a file is called while it is being copied often begins with one.
    """
    return sorted(
        name
        for name in os.listdir(folder)
        if fnmatchcase(name, pattern)
        and (not name.startswith(".") or pattern.startswith("."))
        and (above or name.casefold() not in PRIVATE)
        and is_text(name)
        and name.isprintable()
    )


def _look(folder: int, name: str, path: str) -> Look:
    try:
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        raise refused(path, error) from error
    if stat.S_ISLNK(about.st_mode):
        raise FileRefused(f"{path} is a link; {LINKS}")
    if not stat.S_ISREG(about.st_mode):
        raise FileRefused(f"{path} is not a regular file")
    return look_in(about)


def measured(
    root: Path, seen: Sighting, stopped: Callable[[], bool]
) -> dict[str, Json] | None:
    """Path, size and digest; None when the file is another one by now, or `stopped`.

    Raises FileRefused for one that is there and can't be read.
    """
    parts = parts_of(seen.path)
    try:
        with opened(root, parts[:-1], seen.path) as folder:
            handle = os.open(parts[-1], FILE, dir_fd=folder)
    except FileMissing:
        return None
    except OSError as error:
        why = refused(seen.path, error)
        if isinstance(why, FileMissing):
            return None
        raise why from error
    try:
        digest = sha256()
        while piece := os.read(handle, MB):
            if stopped():
                return None
            digest.update(piece)
        if look_in(os.fstat(handle)) != seen.look:
            return None
    finally:
        os.close(handle)
    return {"path": seen.path, "size": seen.look[2], "sha256": digest.hexdigest()}
