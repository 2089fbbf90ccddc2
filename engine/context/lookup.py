"""Finding a dotted name in what a template may read, and telling which are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.definition.render import expression_names, names
from engine.definition.template_values import ABSENT, dotted, look

Json = Any
Path = tuple[str | int, ...]


def lookup(scope: Mapping[str, Json], path: Sequence[str | int]) -> Json:
    """The value at a path of keys and indexes; ABSENT when there is none."""
    value: Json = scope
    for key in path:
        whole = isinstance(value, list) and isinstance(key, str) and key.isdigit()
        value = look(value, int(key) if whole else key)
        if value is ABSENT:
            return ABSENT
    return value


def lacking(scope: Mapping[str, Json], *templates: Json) -> list[str]:
    """The names that the texts of these values are sure to need and nobody has."""
    return absent(scope, *(names(t, certain=True) for t in texts(templates)))


def lacking_for(scope: Mapping[str, Json], expression: str) -> list[str]:
    """The names an expression is sure to need and nobody has."""
    return absent(scope, expression_names(expression, certain=True))


def absent(scope: Mapping[str, Json], *read: Iterable[Path]) -> list[str]:
    paths = {path for paths in read for path in paths}
    return sorted(dotted(path) for path in paths if lookup(scope, path) is ABSENT)


def texts(value: Json) -> list[str]:
    """Every string in a value, each of which may be a template."""
    found: list[str] = []
    _gather(value, found)
    return found


def _gather(value: Json, found: list[str]) -> None:
    if isinstance(value, str):
        found.append(value)
    elif isinstance(value, dict):  # not any Mapping: asked at every step
        for part in value.values():
            _gather(part, found)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _gather(part, found)


def join(words: Sequence[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
