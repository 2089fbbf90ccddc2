"""What looking for a context value can end in: found, absent, or unavailable."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from engine.errors import WeirError
from engine.workspace import Workspace

Json = Any


class Found(Struct, frozen=True):
    """A value, where it came from, and the SHA-256 of what was read there.

    `at` is when it was read, where that was earlier (seconds since 1970); `commit` the
    commit of a file that stands in it just so; `file` its path in the workspace, where
    it was read from one.
    """

    value: Json
    where: str
    digest: str
    at: float | None = None
    commit: str = ""
    file: str = ""


class Absent(WeirError):
    """There is no such data; the message says what was looked for, and where."""


class Unavailable(WeirError):
    """The data could not be read; all but the message is as a failure has it."""

    def __init__(
        self,
        kind: str,
        message: str,
        retryable: bool = False,
        *,
        sign: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable
        self.sign = sign
        self.retry_after = retry_after

    def of(self, name: str) -> Unavailable:
        """The same, with the name of the value in front."""
        return Unavailable(
            self.kind,
            f"{name}: {self}",
            self.retryable,
            sign=self.sign,
            retry_after=self.retry_after,
        )


class Gap(Struct, frozen=True):
    """A name for which there is nothing, and why.

    `files` are those that would have it, each with its SHA-256, "" where it is not
    there. `unfit`: something was found, and in what it does not fit.
    """

    name: str
    why: str = ""
    files: dict[str, str] = {}
    unfit: str = ""


class Nowhere(Unavailable):
    """There is nothing to be found for some names."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        self.gaps = tuple(gaps)
        super().__init__("missing", "; ".join(f"{g.name}: {g.why}" for g in gaps))


class Keeps(Protocol):
    """Where values stay that a source says may be used again for a while."""

    def get(self, asked: Json) -> Found | None: ...

    def put(self, asked: Json, found: Found, ttl: float) -> None: ...


class Surroundings(Struct, frozen=True):
    """What a source may use of the world: a folder, and a way to tell of its work.

    `why_no_secret(name)` says what to do about one that is not there.
    """

    workspace: Workspace
    kept: Keeps
    env: dict[str, str]
    log: Callable[[str, str], None]
    started: Callable[[int], None]
    why_no_secret: Callable[[str], str]


def of_bytes(value: Json, where: str, data: bytes) -> Found:
    return Found(value, where, hashlib.sha256(data).hexdigest())


def of_value(value: Json, where: str) -> Found:
    data = msgspec.json.encode(value, order="sorted")
    return of_bytes(value, where, data)


def plain(value: Json) -> Json:
    """The value as JSON keeps it: bytes are base64. Raises TypeError for an object."""
    return msgspec.json.decode(msgspec.json.encode(value))
