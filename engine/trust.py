"""Whose definitions may run on this machine, kept outside of any workspace.

A workspace that was made here is its person's; of one that came from elsewhere, only
texts that were looked at and trusted run. In a clone that is ours, texts that came by
pull or merge are someone else's until trusted (`engine/origin.py`).
"""

from __future__ import annotations

import difflib
import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Self

import msgspec
import platformdirs
from msgspec import Struct

from engine.errors import WeirError
from engine.origin import Origin
from store.whole import write_whole

KEPT = 1_000_000  # bytes of one text, so that a change to it can be shown


class Trusted(Struct):
    """One workspace. `latest` is the digest last trusted for each path."""

    mine: bool = False
    stores: set[str] = msgspec.field(default_factory=set)  # devices of its databases
    texts: set[str] = msgspec.field(default_factory=set)
    latest: dict[str, str] = msgspec.field(default_factory=dict)


class Known(Struct):
    """The whole file, by the resolved path of each workspace."""

    format: int = 1
    workspaces: dict[str, Trusted] = msgspec.field(default_factory=dict)


class Trust:
    """`<state>/trust.json`, and the trusted texts beside it by digest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls) -> Self:
        """The trust of this person on this machine. Raises WeirError when others
        could have written it."""
        told = os.environ.get("WEIR_STATE", "")
        folder = Path(told) if told else Path(platformdirs.user_state_dir("weir"))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "texts").mkdir(mode=0o700, exist_ok=True)
        for kept in (folder, folder / "texts", folder / "trust.json"):
            refuse_writable(kept)
        return cls(folder)

    def own(self, root: Path) -> None:
        """The workspace is this person's: made here, or looked at and taken over."""
        with self._changing() as known:
            workspace_of(known, root).mine = True

    def is_mine(self, root: Path) -> bool:
        return workspace_of(self._read(), root).mine

    def know_store(self, root: Path, device: str) -> None:
        """The workspace's database was made here, or looked at and taken over."""
        with self._changing() as known:
            workspace_of(known, root).stores.add(device)

    def knows_store(self, root: Path, device: str) -> bool:
        return device in workspace_of(self._read(), root).stores

    def trust_texts(self, root: Path, files: Mapping[str, bytes]) -> None:
        """Trust each text (by path relative to the root), as it is and no other."""
        for text in files.values():
            self._keep(text)
        with self._changing() as known:
            trusted = workspace_of(known, root)
            for path, text in files.items():
                trusted.texts.add(digest(text))
                trusted.latest[path] = digest(text)

    def untrusted(self, root: Path, files: Mapping[str, bytes]) -> list[str]:
        """The paths whose text may not run. What is found to be ours is remembered."""
        trusted = workspace_of(self._read(), root)
        unknown = {p: t for p, t in files.items() if digest(t) not in trusted.texts}
        if not trusted.mine or not unknown:
            return sorted(unknown)
        origin = Origin(root.resolve())
        ours = {path: t for path, t in unknown.items() if origin.is_ours(path, t)}
        if ours:
            self.trust_texts(root, ours)
        return sorted(unknown.keys() - ours.keys())

    def diff(self, root: Path, path: str, text: bytes) -> str:
        """What changed in a file since its text was last trusted; all, when never."""
        sha = workspace_of(self._read(), root).latest.get(path, "")
        before = self._kept(sha) if sha else b""
        if before is None:
            return f"{path}: the text trusted before is too large to be shown"
        return "\n".join(
            difflib.unified_diff(
                before.decode(errors="replace").splitlines(),
                text.decode(errors="replace").splitlines(),
                f"{path} (trusted)" if sha else "/dev/null",
                path,
                lineterm="",
            )
        )

    @property
    def _file(self) -> Path:
        return self.folder / "trust.json"

    def _read(self) -> Known:
        try:
            known = msgspec.json.decode(self._file.read_bytes(), type=Known)
        except FileNotFoundError:
            return Known()
        except msgspec.DecodeError as error:
            raise WeirError(
                f"{self._file} can't be read ({error}); move it away to begin anew"
            ) from error
        if known.format != 1:
            raise WeirError(
                f"{self._file} was written by a newer Weir; update this one"
            )
        return known

    @contextmanager
    def _changing(self) -> Iterator[Known]:
        """Read, change and write, while no other process does."""
        with (self.folder / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self._read()
            yield known
            write_whole(self._file, msgspec.json.format(msgspec.json.encode(known)))

    def _keep(self, text: bytes) -> None:
        path = self.folder / "texts" / digest(text)
        if len(text) <= KEPT and not path.exists():
            write_whole(path, text)

    def _kept(self, sha: str) -> bytes | None:
        try:
            return (self.folder / "texts" / sha).read_bytes()
        except FileNotFoundError:
            return None


def digest(text: bytes) -> str:
    return sha256(text).hexdigest()


def workspace_of(known: Known, root: Path) -> Trusted:
    return known.workspaces.setdefault(str(root.resolve()), Trusted())


def refuse_writable(path: Path) -> None:
    """Raise WeirError when anyone else could have written this."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if found.st_uid != os.geteuid() or others or stat.S_ISLNK(found.st_mode):
        raise WeirError(
            f"{path} must be yours alone, as it says what may run here;"
            f" see who owns it, then chmod go-w {path}"
        )
