"""One thing that differs, in words, and how two values differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from engine.lines import changed_lines

Json = Any
ABSENT = object()
Said = tuple[str, str | None, str | None]  # what it is, in the one and in the other


class Difference(Struct, frozen=True):
    """`one` and `other` say what it is there; None where there is none of it.

    `part` is the part of a run (`steps`), `name` what in it (a step's path), `what` the
    side of that which differs (`output.text`).
    """

    part: str
    name: str
    what: str
    one: str | None
    other: str | None

    @property
    def is_text(self) -> bool:
        """Whether it takes more than a line to show."""
        return any("\n" in (each or "").strip() for each in (self.one, self.other))

    def lines(self, names: tuple[str, str]) -> list[str]:
        return changed_lines(self.one or "", self.other or "", names)


def differing(what: str, one: Json, other: Json) -> Iterator[Said]:
    """How two values differ: key by key where both are mappings, however deep."""
    if encoded(one) == encoded(other):
        return
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in names_in(one, other):
            inner = f"{what}.{key}" if what else key
            yield from differing(inner, one.get(key, ABSENT), other.get(key, ABSENT))
    else:
        yield what, as_words(one), as_words(other)


def names_in(one: Iterable[str], other: Iterable[str]) -> list[str]:
    """The names of both, each once, in the order in which they stand."""
    return [*dict.fromkeys([*one, *other])]


def encoded(value: Json) -> bytes:
    if value is ABSENT:
        return b""
    return msgspec.json.encode(value, order="sorted")


def as_words(value: Json) -> str | None:
    if value is ABSENT:
        return None
    if isinstance(value, str):
        return value
    return msgspec.json.format(encoded(value), indent=2).decode()


def told(what: str, one: str | None, other: str | None) -> Iterator[Said]:
    if one != other:
        yield what, one, other
