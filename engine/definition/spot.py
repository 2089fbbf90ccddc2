"""A value of a file, where it stands, and how to say what is wrong with it."""

from __future__ import annotations

from msgspec import Struct

from engine.definition.base import Json
from engine.definition.marks import Marks, Path
from engine.definition.model import Problem
from engine.definition.words import kind_of, shown


class Unread(Exception):
    """What is wrong is told; whoever holds the whole leaves this part out."""


class TooMany(Exception):
    """So much is wrong that the rest would help nobody; what was told stands."""


MAX_PROBLEMS = 100


class Reading(Struct):
    """One file being read: where its values stand, and what is wrong so far."""

    path: str
    marks: Marks
    problems: list[Problem]


class Spot:
    __slots__ = ("path", "reading", "value")

    def __init__(self, value: Json, path: Path, reading: Reading) -> None:
        self.value = value
        self.path = path
        self.reading = reading

    def child(self, key: str | int) -> Spot:
        return Spot(self.value[key], (*self.path, key), self.reading)

    @property
    def label(self) -> str:
        """What the person calls this value: `retry`, or item 2 of `choices`."""
        if not self.path:
            return "the file"
        last = self.path[-1]
        if isinstance(last, str):
            return f"`{shown(last)}`"
        named = [part for part in self.path if isinstance(part, str)]
        return f"item {last + 1} of `{shown(named[-1])}`" if named else "an item"

    def wrong(self, message: str, hint: str = "", *, at_key: bool = False) -> Unread:
        """Tell a problem with this value. What is returned may be raised, or not."""
        marks = self.reading.marks
        if len(self.reading.problems) >= MAX_PROBLEMS:
            raise TooMany
        if not marks.is_broken(self.path):
            mark = marks.key(self.path) if at_key else marks.value(self.path)
            problem = Problem(self.reading.path, *mark, message, hint)
            self.reading.problems.append(problem)
        return Unread()

    def wrong_type(self, words: str) -> Unread:
        """Tell that this should be `words`, and what it is instead."""
        if self.value is None:
            return self.wrong(f"{self.label} is empty", f"write {words}")
        is_ = f"this is {kind_of(self.value)}"
        return self.wrong(f"{self.label} must be {words}", is_)
