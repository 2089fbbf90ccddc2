"""Shapes made of shapes: lists, mappings of any names, one of several."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from engine.definition.shapes.basic import Schema, Shape
from engine.definition.spot import Spot, Unread
from engine.definition.words import shown

T = TypeVar("T")
S = TypeVar("S")

MOST = 1000  # items of a list, entries of a mapping


class ListOf(Shape[tuple[T, ...]]):
    """A list. An item that can't be read is told and left out, or has a stand-in."""

    def __init__(
        self,
        item: Shape[T],
        words: str,
        *,
        least: int = 0,
        most: int = MOST,
        instead: Callable[[], T] | None = None,
    ) -> None:
        self.item = item
        self.words = words
        self.least = least
        self.most = most
        self.instead = instead

    def read(self, spot: Spot) -> tuple[T, ...]:
        if not isinstance(spot.value, list):
            raise spot.wrong_type(self.words)
        if len(spot.value) < self.least:
            raise spot.wrong(f"{spot.label} is empty", f"write {self.words}")
        if len(spot.value) > self.most:
            raise spot.wrong(f"{spot.label} has more than {self.most} items")
        found: list[T] = []
        for number in range(len(spot.value)):
            try:
                found.append(self.item.read(spot.child(number)))
            except Unread:
                if self.instead:
                    found.append(self.instead())
        return tuple(found)

    def schema(self, defs: Schema) -> Schema:
        least = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.item.schema(defs)} | least


class MapOf(Shape[dict[str, T]]):
    """Values under names that the person chooses.

    One that can't be read is told, and left out or replaced by a stand-in.
    """

    def __init__(
        self,
        item: Shape[T],
        words: str,
        key: str,
        key_words: str,
        instead: Callable[[], T] | None = None,
    ) -> None:
        self.item = item
        self.words = words
        self.key = re.compile(key)
        self.key_words = key_words
        self.instead = instead

    def read(self, spot: Spot) -> dict[str, T]:
        if not isinstance(spot.value, dict):
            raise spot.wrong_type(self.words)
        if len(spot.value) > MOST:
            raise spot.wrong(f"{spot.label} has more than {MOST} entries")
        found: dict[str, T] = {}
        for name in spot.value:
            child = spot.child(name)
            if not self.key.fullmatch(name):
                child.wrong(
                    f"`{shown(name)}` is no name here: {self.key_words}", at_key=True
                )
                continue
            try:
                found[name] = self.item.read(child)
            except Unread:
                if self.instead:
                    found[name] = self.instead()
        return found

    def schema(self, defs: Schema) -> Schema:
        names = {"pattern": f"^(?:{self.key.pattern})$"}
        item = self.item.schema(defs)
        return {"type": "object", "propertyNames": names, "additionalProperties": item}


class Then(Shape[T]):
    """A shape whose value stands for something else: a text for a whole mapping."""

    def __init__(self, shape: Shape[S], make: Callable[[S], T]) -> None:
        self.words = shape.words
        self.shape = shape
        self.make: Callable[[Any], T] = make

    def read(self, spot: Spot) -> T:
        return self.make(self.shape.read(spot))

    def schema(self, defs: Schema) -> Schema:
        return self.shape.schema(defs)


class Either(Shape[T]):
    """One shape for a text, another for a list, a third for a mapping …"""

    def __init__(
        self,
        words: str,
        *,
        text: Shape[T] | None = None,
        items: Shape[T] | None = None,
        mapping: Shape[T] | None = None,
        number: Shape[T] | None = None,
    ) -> None:
        self.words = words
        by_type = {str: text, list: items, dict: mapping, int: number, float: number}
        self.by_type = {kind: shape for kind, shape in by_type.items() if shape}

    def read(self, spot: Spot) -> T:
        shape = self.by_type.get(type(spot.value))
        if shape is None:
            raise spot.wrong_type(self.words)
        return shape.read(spot)

    def schema(self, defs: Schema) -> Schema:
        each = list(dict.fromkeys(self.by_type.values()))
        return {"anyOf": [shape.schema(defs) for shape in each]}


class Named(Shape[T]):
    """A shape that holds itself: found when it is needed, named in the schema."""

    def __init__(self, name: str, words: str, find: Callable[[], Shape[T]]) -> None:
        self.name = name
        self.words = words
        self.find = find

    def read(self, spot: Spot) -> T:
        return self.find().read(spot)

    def schema(self, defs: Schema) -> Schema:
        if self.name not in defs:
            defs[self.name] = {}
            defs[self.name] = self.find().schema(defs)
        return {"$ref": f"#/$defs/{self.name}"}
