"""Large values as files named by their SHA-256: there whole, or not there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from store.errors import LIBRARY_ERRORS, StoreError, store_error
from store.folder import FOLDER_MODE
from store.whole import sync_folder, write_whole


class MissingBlob(StoreError):
    """A file that a row names is not there."""


class DamagedBlob(StoreError):
    """A file does not hold what its name says."""


def relative(sha: str) -> str:
    """Where a blob is, seen from `.weir`, with forward slashes."""
    if len(sha) != 64 or not set(sha) <= set("0123456789abcdef"):
        raise StoreError(f"{sha!r} is not a SHA-256")
    return f"blobs/{sha[:2]}/{sha}"


def path(folder: Path, sha: str) -> Path:
    return folder / relative(sha)


def put(folder: Path, data: bytes) -> str:
    """Keep bytes and return their SHA-256. When this returns, they survive a crash."""
    sha = hashlib.sha256(data).hexdigest()
    target = path(folder, sha)
    try:
        if target.exists():
            # In use from now on, whoever sweeps: the row that names it is on its way.
            os.utime(target)
        else:
            make_folder(target.parent)
            write_whole(target, data)
    except LIBRARY_ERRORS as error:
        raise store_error(error) from error
    return sha


def get(folder: Path, sha: str) -> bytes:
    """The bytes of that name. Raises MissingBlob, DamagedBlob."""
    target = path(folder, sha)
    try:
        data = target.read_bytes()
    except FileNotFoundError:
        raise MissingBlob(
            f"{target} is missing: restore it from a backup of .weir/blobs"
        ) from None
    except OSError as error:
        raise store_error(error) from error
    if hashlib.sha256(data).hexdigest() != sha:
        raise DamagedBlob(f"{target} was changed: restore it from a backup")
    return data


def make_folder(folder: Path) -> None:
    """A folder and its parents that are still there after a crash."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    sync_folder(folder.parent)
