"""Shapes of mappings: which keys there are, what each holds, what it becomes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from engine.definition.shapes.basic import Schema, Shape
from engine.definition.spot import Spot, Unread
from engine.definition.words import did_you_mean, nearest, shown

T = TypeVar("T")


class Key(Struct, frozen=True):
    """One key of a mapping. `into` is the field it fills, when named otherwise."""

    shape: Shape[Any]
    about: str
    required: bool = False
    into: str = ""


Keys = Mapping[str, Key]
Values = dict[str, Any]


class MappingOf(Shape[T]):
    """A mapping with known keys, each at most once, in any order.

    `build` makes the value out of what was read; `also` looks at the whole and tells
    what single keys can't.
    """

    def __init__(
        self,
        words: str,
        build: Callable[..., T],
        keys: Keys,
        also: Callable[[Spot, Values], None] | None = None,
    ) -> None:
        self.words = words
        self.build = build
        self.keys = keys
        self.also = also

    def read(self, spot: Spot) -> T:
        if not isinstance(spot.value, dict):
            raise spot.wrong_type("a mapping of keys to values")
        values = read_keys(spot, self.keys, self.words)
        if self.also:
            self.also(spot, values)
        lacking = [n for n, k in self.keys.items() if k.required and n not in values]
        if lacking:
            raise Unread
        fields = {self.keys[name].into or name: v for name, v in values.items()}
        return self.build(**fields)

    def schema(self, defs: Schema) -> Schema:
        return keys_schema(self.keys, defs)


def read_keys(spot: Spot, keys: Keys, words: str) -> Values:
    """What stands under each key; unknown and missing ones are told."""
    values: Values = {}
    for name in spot.value:
        child = spot.child(name)
        if name not in keys:
            unknown_key(child, name, keys, words)
            continue
        try:
            values[name] = keys[name].shape.read(child)
        except Unread:
            continue
    for name, key in keys.items():
        if key.required and name not in spot.value and not misspelt(name, spot, keys):
            spot.wrong(f"{words} needs `{name}`", f"add `{name}:`, {key.shape.words}")
    return values


def misspelt(name: str, spot: Spot, keys: Iterable[str]) -> bool:
    """Whether a key that is not there was written another way, and that was told."""
    unknown = (written for written in spot.value if written not in keys)
    return any(nearest(written, keys) == name for written in unknown)


def unknown_key(child: Spot, name: str, keys: Keys, words: str) -> None:
    known = "known here: " + ", ".join(sorted(keys))
    hint = did_you_mean(name, keys, otherwise=known)
    if child.value is None and " " in name:
        hint = "if it belongs to the text before the comma, put that text in quotes"
    child.wrong(f"unknown key `{shown(name)}` in {words}", hint, at_key=True)


def keys_schema(keys: Keys, defs: Schema) -> Schema:
    properties = {
        name: key.shape.schema(defs) | {"description": key.about}
        for name, key in keys.items()
    }
    required = [name for name, key in keys.items() if key.required]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    } | ({"required": required} if required else {})
