"""What looking for a context value can end in: found, absent, or unavailable."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from engine.errors import WeirError
from engine.workspace import Workspace

Json = Any


class Found(Struct, frozen=True):
    """A value, where it came from, and the SHA-256 of what was read there."""

    value: Json
    where: str
    digest: str


class Absent(WeirError):
    """There is no such data; the message says what was looked for, and where."""


class Unavailable(WeirError):
    """The data could not be read; `kind` and `retryable` are a failure's."""

    def __init__(self, kind: str, message: str, retryable: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable


class Nowhere(Unavailable):
    """There is nothing to be found for a name; `path`: the file that would have it."""

    def __init__(self, name: str, message: str, path: str = "") -> None:
        super().__init__("missing", f"{name}: {message}")
        self.name = name
        self.path = path


class Surroundings(Struct, frozen=True):
    """What a source may use of the world: a folder, and a way to tell of its work."""

    workspace: Workspace
    env: dict[str, str]
    log: Callable[[str, str], None]
    started: Callable[[int], None]


def of_bytes(value: Json, where: str, data: bytes) -> Found:
    return Found(value, where, hashlib.sha256(data).hexdigest())


def of_value(value: Json, where: str) -> Found:
    data = msgspec.json.encode(value, order="sorted")
    return of_bytes(value, where, data)


def plain(value: Json) -> Json:
    """The value as JSON keeps it: bytes are base64. Raises TypeError for an object."""
    return msgspec.json.decode(msgspec.json.encode(value))
