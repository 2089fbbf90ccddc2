"""Shapes of single values: texts, names, numbers, durations, lists."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any, Generic, TypeVar

from engine.definition.base import Json
from engine.definition.spot import Spot
from engine.definition.words import as_name, did_you_mean, is_name, shown

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
S = TypeVar("S")
Schema = dict[str, Any]

DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d|w)")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LONGEST = 3650 * 86400.0  # ten years: a longer one is a slip of the hand


class Shape(ABC, Generic[T_co]):
    """What a value may look like. `words` end the sentence: it must be …"""

    words: str

    @abstractmethod
    def read(self, spot: Spot) -> T_co:
        """The value that stands there. Raises Unread when the problem is told."""

    @abstractmethod
    def schema(self, defs: Schema) -> Schema:
        """This shape as JSON Schema; what has a name is put into `defs`."""


class Text(Shape[str]):
    def __init__(self, words: str = "a text", *, empty: bool = False) -> None:
        self.words = words
        self.empty = empty

    def read(self, spot: Spot) -> str:
        value = spot.value
        if isinstance(value, (bool, int, float)):
            raw = spot.reading.marks.raw.get(spot.path, str(value))
            hint = f'put it in quotes: "{shown(raw)}"'
            raise spot.wrong(f"{spot.label} must be a text", hint)
        if not isinstance(value, str):
            raise spot.wrong_type(self.words)
        if not self.empty and not value.strip():
            raise spot.wrong(f"{spot.label} is empty", f"write {self.words}")
        return value

    def schema(self, defs: Schema) -> Schema:
        return {"type": "string"} if self.empty else {"type": "string", "minLength": 1}


class Expression(Text):
    """An expression. What it reads is checked later; here only its dress."""

    def __init__(self) -> None:
        super().__init__("an expression")

    def read(self, spot: Spot) -> str:
        if isinstance(spot.value, bool):
            return str(spot.value).lower()
        text = super().read(spot).strip()
        if text.startswith(("{{", "{%")):
            hint = "write it without the braces"
            raise spot.wrong(f"{spot.label} is an expression already", hint)
        return text

    def schema(self, defs: Schema) -> Schema:
        return {"type": ["string", "boolean"]}


class Fixed(Text):
    """A text that is the same in each run: `hint` says what there is instead."""

    def __init__(self, words: str, hint: str) -> None:
        super().__init__(words)
        self.hint = hint

    def read(self, spot: Spot) -> str:
        text = super().read(spot)
        if "{{" in text or "{%" in text:
            raise spot.wrong(f"{spot.label} is no template", self.hint)
        return text


class Name(Text):
    """The name of a definition or the id of a step."""

    def __init__(self, words: str = "a name", *, taken: tuple[str, ...] = ()) -> None:
        super().__init__(words)
        self.taken = taken

    def read(self, spot: Spot) -> str:
        text = super().read(spot)
        if text in self.taken:
            raise spot.wrong(f"`{text}` has a meaning of its own", "take another name")
        if not is_name(text):
            name = as_name(text)
            rule = "up to 64 small letters, digits, `-` and `_`"
            hint = f"write `{name}`" if name and name not in self.taken else ""
            raise spot.wrong(f"`{shown(text)}` is no name: {rule}", hint)
        return text

    def schema(self, defs: Schema) -> Schema:
        return {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"}


class Matching(Text):
    """A text of a certain make, with a hint for the one that is not."""

    def __init__(self, words: str, pattern: str, hint: str) -> None:
        super().__init__(words)
        self.pattern = re.compile(pattern)
        self.hint = hint

    def read(self, spot: Spot) -> str:
        text = super().read(spot)
        if not self.pattern.fullmatch(text):
            raise spot.wrong(f"`{shown(text)}` is not {self.words}", self.hint)
        return text

    def schema(self, defs: Schema) -> Schema:
        return {"type": "string", "pattern": f"^(?:{self.pattern.pattern})$"}


class OneOf(Shape[str]):
    def __init__(self, *known: str, words: str = "") -> None:
        self.known = known
        self.words = words or f"one of {', '.join(known)}"

    def read(self, spot: Spot) -> str:
        if not isinstance(spot.value, str):
            raise spot.wrong_type(self.words)
        if spot.value in self.known:
            return spot.value
        hint = did_you_mean(spot.value, self.known)
        message = f"{spot.label} is `{shown(spot.value)}`; it must be {self.words}"
        raise spot.wrong(message, hint)

    def schema(self, defs: Schema) -> Schema:
        return {"enum": list(self.known)}


class Number(Shape[float]):
    words = "a number"

    def __init__(self, least: float | None = None, most: float | None = None) -> None:
        self.least = least
        self.most = most

    def read(self, spot: Spot) -> float:
        if isinstance(spot.value, bool) or not isinstance(spot.value, (int, float)):
            raise spot.wrong_type(self.words)
        self.within(spot, spot.value)
        return spot.value

    def within(self, spot: Spot, value: float) -> None:
        if self.least is not None and value < self.least:
            raise spot.wrong(f"{spot.label} must be at least {self.least:g}")
        if self.most is not None and value > self.most:
            raise spot.wrong(f"{spot.label} must be at most {self.most:g}")

    def schema(self, defs: Schema) -> Schema:
        limits = {"minimum": self.least, "maximum": self.most}
        return {"type": "number"} | {k: v for k, v in limits.items() if v is not None}


class Whole(Shape[int]):
    words = "a whole number"

    def __init__(self, least: int, most: int) -> None:
        self.number = Number(least, most)

    def read(self, spot: Spot) -> int:
        value = spot.value
        if isinstance(value, bool) or not isinstance(value, int):
            raise spot.wrong_type(self.words)
        self.number.within(spot, value)
        return value

    def schema(self, defs: Schema) -> Schema:
        return self.number.schema(defs) | {"type": "integer"}


class Flag(Shape[bool]):
    words = "true or false"

    def read(self, spot: Spot) -> bool:
        if isinstance(spot.value, bool):
            return spot.value
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}
        if isinstance(spot.value, str) and spot.value.lower() in meant:
            hint = f"write {meant[spot.value.lower()]}"
            raise spot.wrong(f"{spot.label} must be true or false", hint)
        raise spot.wrong_type(self.words)

    def schema(self, defs: Schema) -> Schema:
        return {"type": "boolean"}


class Duration(Shape[float]):
    """Seconds, from 90 or 2s, 5m, 1h, 2d."""

    words = "a duration like 30s, 5m, 2h or 1d"

    def __init__(self, *, zero: bool = False) -> None:
        self.zero = zero

    def read(self, spot: Spot) -> float:
        value = spot.value
        if isinstance(value, str) and (found := DURATION.fullmatch(value.strip())):
            seconds = float(found[1]) * SECONDS[found[2]]
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            seconds = float(value)
        elif isinstance(value, str):
            raise spot.wrong(f"`{shown(value)}` is not {self.words}")
        else:
            raise spot.wrong_type(self.words)
        if seconds < 0 or (seconds == 0 and not self.zero):
            raise spot.wrong(f"{spot.label} must be longer than nothing")
        if seconds > LONGEST:
            raise spot.wrong(f"{spot.label} must be at most ten years")
        return seconds

    def schema(self, defs: Schema) -> Schema:
        text = {"type": "string", "pattern": rf"^\s*{DURATION.pattern}\s*$"}
        return {"anyOf": [text, {"type": "number", "minimum": 0}]}


class Anything(Shape[Json]):
    words = "a value"

    def read(self, spot: Spot) -> Json:
        return spot.value

    def schema(self, defs: Schema) -> Schema:
        return {}
