"""Opening files of a workspace, and replacing one, without following a link out of it.

Every folder on the way is opened by its handle with O_NOFOLLOW, so that nobody can swap
one for a link between the look and the use. Only regular files are read: a pipe or a
device would keep a run waiting for ever.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from secrets import token_hex

from engine.errors import WeirError

MB = 1024 * 1024
# Weir's own database and Git's: reading the first beside SQLite would drop its locks.
PRIVATE = frozenset({".weir", ".git"})

Look = tuple[int, int, int, int]

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a named pipe must not wait for its other end.
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class FileRefused(WeirError):
    """A file is outside the workspace, reached by a link, special or too large."""


class FileChanged(FileRefused):
    """A file says something else than it did when it was looked at."""


class FileMissing(FileRefused):
    """There is no file of that name in the workspace."""


def safe_file(root: Path, relative: str, limit: int = 5 * MB) -> bytes:
    """The bytes of a regular file inside `root`. Raises FileRefused, FileMissing."""
    parts = parts_of(relative)
    with opened(root, parts[:-1], relative) as folder:
        try:
            handle = os.open(parts[-1], FILE, dir_fd=folder)
        except OSError as error:
            raise refused(relative, error) from error
        try:
            return read_regular(handle, relative, limit)
        finally:
            os.close(handle)


def replace_file(root: Path, relative: str, before: bytes, after: bytes) -> None:
    """Put another text in the place of a file's, whole or not at all; its mode stays.

    Raises FileChanged where the file does not say `before` any more.
    """
    parts = parts_of(relative)
    with opened(root, parts[:-1], relative) as folder:
        new = f".{parts[-1]}.{token_hex(4)}"
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)  # of two of us the later sees the change
            if safe_file(root, relative, max(5 * MB, len(before))) != before:
                raise FileChanged(f"{relative} was changed meanwhile, and stays so")
            mode = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False).st_mode
            write_into(folder, new, after, stat.S_IMODE(mode))
            os.replace(new, parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
        except OSError as error:
            with suppress(FileNotFoundError):
                os.unlink(new, dir_fd=folder)
            raise refused(relative, error) from error


def new_file(root: Path, relative: str, data: bytes) -> bool:
    """Write a file, and the folders on its way; False when something is there.

    Raises FileRefused.
    """
    parts = parts_of(relative)
    with opened(root, parts[:-1], relative, make=True) as folder:
        try:
            write_into(folder, parts[-1], data)
        except FileExistsError:
            return False
        except OSError as error:
            raise refused(relative, error) from error
    return True


def write_into(folder: int, name: str, data: bytes, mode: int | None = None) -> None:
    """A new file in an open folder, on disk when this returns; else it is not there."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(name, flags, 0o666 if mode is None else 0o600, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except OSError:
        os.unlink(name, dir_fd=folder)
        raise


def safe_path(root: Path, relative: str) -> Path:
    """The path of a regular file inside `root`, for one who must open it himself.

    The file itself is not opened: closing a handle on a database would drop the
    locks that SQLite holds on it in this process.
    """
    parts = parts_of(relative)
    with opened(root, parts[:-1], relative) as folder:
        try:
            mode = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False).st_mode
        except OSError as error:
            raise refused(relative, error) from error
    if stat.S_ISLNK(mode):
        raise FileRefused(f"{relative} is a link or goes through one; {LINKS}")
    if not stat.S_ISREG(mode):
        raise FileRefused(f"{relative} is not a regular file")
    return root.joinpath(*parts)


def safe_folder(root: Path, relative: str) -> Path:
    """The path of a folder inside `root`; `.` is `root` itself."""
    if relative in ("", "."):
        return root
    parts = parts_of(relative)
    with opened(root, parts, relative):
        return root.joinpath(*parts)


def parts_of(relative: str) -> tuple[str, ...]:
    """The names of a path, or a reason why it can't be one of this workspace."""
    if not relative.strip():
        raise FileRefused("an empty path; name a file inside the workspace")
    if any(ord(c) < 32 or ord(c) == 127 for c in relative) or "\\" in relative:
        raise FileRefused(
            f"{relative!r} is no path here: control characters and \\ are refused"
        )
    if not is_text(relative):
        raise FileRefused(f"{relative!r} is no path here: its name is not UTF-8")
    if relative.startswith(("/", "~")):
        raise FileRefused(f"{relative} is not inside the workspace; use a relative one")
    parts = PurePosixPath(relative).parts
    if ".." in parts or not parts:
        raise FileRefused(f"{relative} is not inside the workspace; leave out '..'")
    if parts[0].casefold() in PRIVATE:
        raise FileRefused(f"{relative} is in {parts[0]}, which no definition may read")
    return parts


def is_text(words: str) -> bool:
    """Whether words that came from the system are UTF-8, and can be stored."""
    return not any("\ud800" <= c <= "\udfff" for c in words)


LINKS = "links are not followed, copy the file into the workspace"


@contextmanager
def opened(
    root: Path, parts: tuple[str, ...], relative: str, *, make: bool = False
) -> Iterator[int]:
    """A handle on the folder `parts` leads to, going down one name at a time.

    With `make`, a folder that is not there yet is made.
    """
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            try:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=handle)
                below = os.open(part, FOLDER, dir_fd=handle)
            except OSError as error:
                raise refused(relative, error, in_folder=True) from error
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)


def read_regular(handle: int, relative: str, limit: int) -> bytes:
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        raise FileRefused(f"{relative} is not a regular file")
    pieces: list[bytes] = []
    left = limit + 1  # a file may grow while it is read, so its size is no promise
    while left and (piece := os.read(handle, min(left, MB))):
        pieces.append(piece)
        left -= len(piece)
    if not left:
        raise FileRefused(f"{relative} is larger than {size(limit)}, the most allowed")
    return b"".join(pieces)


def refused(relative: str, error: OSError, in_folder: bool = False) -> FileRefused:
    """What an error of `open` means to a person."""
    match error.errno:
        case errno.ENOENT:
            return FileMissing(f"there is no {relative} in the workspace")
        case errno.ENOTDIR | errno.ELOOP if in_folder:
            return FileRefused(
                f"{relative} goes through a link or a file; make that a folder"
            )
        case errno.ELOOP | errno.EMLINK:
            return FileRefused(f"{relative} is a link or goes through one; {LINKS}")
        case errno.ENXIO:
            return FileRefused(f"{relative} is not a regular file")
        case _:
            reason = error.strerror or "it can't be opened"
            return FileRefused(f"{relative}: {reason.lower()}")


def size(limit: int) -> str:
    return f"{limit // MB} MB" if limit >= MB else f"{limit} bytes"


def look_of(path: Path) -> Look:
    """How a file looks from outside: times, size and inode; zeros when it is gone."""
    try:
        return look_in(path.lstat())
    except OSError:
        return (0, 0, 0, 0)


def look_in(about: os.stat_result) -> Look:
    return (about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino)
