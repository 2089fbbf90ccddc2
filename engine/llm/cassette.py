"""Cassettes: what models were asked and answered in a run, one JSON line a call.

A cassette belongs to the run that recorded it. Its first line comes with the file,
whole or not at all; each other is written in one piece at its end, under a lock that
all recorders of the workspace share.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from engine.errors import WeirError
from engine.files import (
    FILE,
    MB,
    FileMissing,
    FileRefused,
    opened,
    parts_of,
    refused,
    safe_file,
)
from engine.llm.messages import Answer, Ask
from engine.machine.state import Cassette

LIMIT = 256 * MB
OWN = (".weir", "cassettes")  # where those are that nobody has named
ENDING = ".jsonl"
LINE = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Call(Struct, frozen=True, kw_only=True):
    """One turn: `step` is the path, through the runs it stands in; `digest` is of
    `asked`, in which the model is the one that the workflow names."""

    run: str
    step: str
    attempt: int
    turn: int
    digest: str
    asked: Ask
    answered: Answer


Calls = dict[str, tuple[tuple[Call, ...], ...]]  # by step: its attempts, their turns


def digest_of(asked: Ask) -> str:
    return sha256(msgspec.json.encode(asked.plain(), order="sorted")).hexdigest()


def own_file(run: str) -> str:
    """Where a run is recorded when no file is named."""
    return f"{'/'.join(OWN)}/{run}{ENDING}"


def forget_own(root: Path, run: str) -> None:
    """Remove the cassette that a run has of its own, if it has one."""
    root.joinpath(own_file(run)).unlink(missing_ok=True)


def read(root: Path, file: str) -> bytes:
    """The bytes of a cassette. Raises FileRefused, FileMissing."""
    base, parts = place(root, file)
    if not base.is_dir():
        raise FileMissing(f"there is no {file} in the workspace")
    return safe_file(base, "/".join(parts), LIMIT)


# Keyed by the text itself: a file may be written anew while it is read.
@lru_cache(maxsize=4)
def calls_in(data: bytes, file: str) -> Calls:
    """The calls of a cassette. Raises WeirError, with the line that is none."""
    found: dict[str, list[list[Call]]] = {}
    lines = data.split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):  # the last was not ended
        call = call_in(line, f"{file}, line {number}")
        attempts = found.setdefault(call.step, [])
        if call.turn == 1 or not attempts:
            attempts.append([])
        attempts[-1].append(call)
    return {step: tuple(map(tuple, attempts)) for step, attempts in found.items()}


def call_in(line: bytes, where: str) -> Call:
    try:
        call = msgspec.json.decode(line, type=Call)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WeirError(f"{where} is no line of a cassette: {error}") from error
    if digest_of(call.asked) != call.digest:
        raise WeirError(
            f"{where}: what was asked is not what its digest says; record it again"
        )
    return call


def replaceable(root: Path, file: str) -> str:
    """The SHA-256 of the cassette that stands there; empty when there is no file.

    Raises WeirError for what is no cassette, and for where none may stand.
    """
    if not file.endswith(ENDING):
        raise FileRefused(f"{file} must end in {ENDING}, as a cassette does")
    try:
        data = read(root, file)
    except FileMissing:
        return ""
    calls_in(data, file)
    if data and not data.endswith(b"\n"):
        raise FileRefused(f"{file} is no cassette: its last line has no end")
    return sha256(data).hexdigest()


def require_writable(root: Path, cassette: Cassette) -> None:
    """Raise FileRefused or OSError where an answer could not be kept."""
    with locked(root), folder_of(root, cassette.file) as (folder, name):
        if not os.access(".", os.W_OK | os.X_OK, dir_fd=folder):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if is_begun(folder, name, cassette):
            os.close(os.open(name, LINE, dir_fd=folder))


def append(root: Path, cassette: Cassette, call: Call) -> None:
    """Add a call: whole and on disk, or not at all. Raises FileRefused, OSError."""
    line = msgspec.json.encode(call) + b"\n"
    with locked(root), folder_of(root, cassette.file) as (folder, name):
        if is_begun(folder, name, cassette):
            add_line(folder, name, line)
        else:
            begin(folder, name, line)


def is_begun(folder: int, name: str, cassette: Cassette) -> bool:
    """Whether the file is this run's own by now; False where it is to be made.

    Raises FileRefused where another file stands there than was agreed on.
    """
    try:
        handle = os.open(name, FILE, dir_fd=folder)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise refused(cassette.file, error) from error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileRefused(f"{cassette.file} is not a regular file")
        first = file.readline()
        if first.endswith(b"\n") and run_of(first) == cassette.run:
            return True
        file.seek(0)
        if cassette.over == file_digest(file, "sha256").hexdigest():
            return False
    raise FileRefused(f"{cassette.file} holds what this run has not recorded")


def run_of(line: bytes) -> str:
    """The run that a line was recorded in; empty for what is no such line."""
    try:
        return msgspec.json.decode(line, type=Call).run
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def begin(folder: int, name: str, line: bytes) -> None:
    new = f".{name}.{os.getpid()}"
    try:
        handle = os.open(new, NEW, 0o600, dir_fd=folder)
        try:
            write_whole(handle, line)
        finally:
            os.close(handle)
        os.rename(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        forget(folder, new)
        raise
    os.fsync(folder)


def forget(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


def add_line(folder: int, name: str, line: bytes) -> None:
    """At the end of the last whole line: what a power cut left of another goes."""
    handle = os.open(name, LINE, dir_fd=folder)
    try:
        size = whole(handle)
        os.ftruncate(handle, size)
        try:
            write_whole(handle, line)
        except BaseException:
            os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)


def whole(handle: int) -> int:
    """How many bytes its whole lines are."""
    at = os.fstat(handle).st_size
    while at:
        start = max(0, at - MB)
        found = os.pread(handle, at - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        at = start
    return 0


def write_whole(handle: int, line: bytes) -> None:
    if os.write(handle, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(handle)


def place(root: Path, file: str) -> tuple[Path, tuple[str, ...]]:
    """The folder a cassette is looked for below, and its names. Raises FileRefused."""
    parts = PurePosixPath(file).parts
    if parts[:2] == OWN:
        return root.joinpath(*OWN), parts_of("/".join(parts[2:]))
    return root, parts_of(file)


@contextmanager
def folder_of(root: Path, file: str) -> Iterator[tuple[int, str]]:
    base, parts = place(root, file)
    if base != root:
        base.mkdir(mode=0o700, exist_ok=True)
    with opened(base, parts[:-1], file) as folder:
        yield folder, parts[-1]


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """While no other process records in this workspace."""
    path = root / ".weir" / "cassettes.lock"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
