"""The shape of a test file, from which reading and its problems follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from msgspec import Struct

from engine.definition import yaml
from engine.definition.marks import Marks, Path
from engine.definition.model import Problem
from engine.definition.schema import DRAFT
from engine.definition.shapes.basic import (
    Anything,
    Flag,
    Name,
    OneOf,
    Schema,
    Shape,
    Text,
)
from engine.definition.shapes.compound import ListOf, MapOf
from engine.definition.shapes.context import CONTEXT_NAME
from engine.definition.shapes.mapping import Key, MappingOf
from engine.definition.spot import Reading, Spot, TooMany, Unread
from engine.trying.model import (
    EXPIRE,
    REST,
    Answer,
    Case,
    Decided,
    Expected,
    Said,
    Tests,
)

T = TypeVar("T")

BEGINS = datetime(2026, 1, 5, 9, 0, tzinfo=UTC).timestamp()  # a Monday
PLACE = r"[A-Za-z0-9_#~/\[\]. :@-]+"
PLACE_WORDS = "a step's id, or its place, such as market[us]/price"
ENDS = ("succeeded", "failed", "cancelled", "waiting")
ANYTHING = MapOf(
    Anything(), "a mapping of names to values", r"\w+", "letters, digits and `_`"
)


class At(Shape[T]):
    """A shape whose value is told where it stands."""

    def __init__(self, shape: Shape[Callable[[Path], T]]) -> None:
        self.shape = shape
        self.words = shape.words

    def read(self, spot: Spot) -> T:
        return self.shape.read(spot)(spot.path)

    def schema(self, defs: Schema) -> Schema:
        return self.shape.schema(defs)


class OneOrMore(Shape[tuple[T, ...]]):
    """One, or a list of them: one after another."""

    def __init__(self, shape: Shape[T]) -> None:
        self.shape = shape
        self.words = f"{shape.words}, or a list of them"

    def read(self, spot: Spot) -> tuple[T, ...]:
        if not isinstance(spot.value, list):
            return (self.shape.read(spot),)
        return tuple(self.shape.read(spot.child(n)) for n in range(len(spot.value)))

    def schema(self, defs: Schema) -> Schema:
        one = self.shape.schema(defs)
        return {"anyOf": [one, {"type": "array", "items": one}]}


class AnswerShape(Shape[Answer]):
    """What a step leaves; a mapping with `fails` says how it fails instead."""

    words = "what the step leaves, or a mapping with `fails`"
    failing = MappingOf(
        "an answer that fails",
        lambda **said: said,
        {
            "fails": Key(Text(), "What is told of it.", required=True),
            "kind": Key(Text(), "Its kind: exit, timeout, http, model, …"),
            "sign": Key(Text(), "Finer than its kind: status:503, exit:75."),
            "retry": Key(Flag(), "false: another attempt is of no use."),
        },
    )

    def read(self, spot: Spot) -> Answer:
        if isinstance(spot.value, dict) and "fails" in spot.value:
            return Answer(spot.path, **self.failing.read(spot))
        return Answer(spot.path, output=spot.value)

    def schema(self, defs: Schema) -> Schema:
        return {}


class DecidedShape(Shape[Decided]):
    words = f"a choice, `{EXPIRE}`, or a mapping with `choice`"
    whole = MappingOf(
        "a decision",
        lambda **said: said,
        {
            "choice": Key(Name("a choice"), "What is chosen.", required=True),
            "by": Key(Text(), "Who decides, by login name."),
            "comment": Key(Text(), "What they say with it."),
            "reason": Key(Text(), "A reason that the gate offers."),
            "inputs": Key(ANYTHING, "What they fill in."),
            "edit": Key(
                MapOf(
                    Text(empty=True),
                    "new texts by what the gate shows",
                    r"[\w.-]+",
                    "what the gate shows, such as artifacts.notes",
                ),
                "What they change of what is shown.",
            ),
        },
    )

    def read(self, spot: Spot) -> Decided:
        if isinstance(spot.value, str):
            return Decided(spot.path, Text().read(spot))
        if not isinstance(spot.value, dict):
            raise spot.wrong_type(self.words)
        return Decided(spot.path, **self.whole.read(spot))

    def schema(self, defs: Schema) -> Schema:
        return {"anyOf": [{"type": "string"}, self.whole.schema(defs)]}


class SaidShape(Shape[Said]):
    words = "a text that is in it, a list of them, or a mapping"
    pieces = OneOrMore(Text())
    whole = MappingOf(
        "what a text has to say",
        lambda **said: said,
        {
            "contains": Key(pieces, "What has to be in it."),
            "excludes": Key(pieces, "What must not be in it."),
            "equals": Key(Text(empty=True), "All of it."),
        },
    )

    def read(self, spot: Spot) -> Said:
        if isinstance(spot.value, dict):
            return Said(spot.path, **self.whole.read(spot))
        return Said(spot.path, contains=self.pieces.read(spot))

    def schema(self, defs: Schema) -> Schema:
        return {"anyOf": [self.pieces.schema(defs), self.whole.schema(defs)]}


class Moment(Text):
    """A date or time; UTC where it names no zone."""

    def read(self, spot: Spot) -> Any:
        said = super().read(spot)
        try:
            at = datetime.fromisoformat(said)
        except ValueError:
            hint = "write it as 2026-03-01T09:00"
            raise spot.wrong(f"{spot.label} is no date or time", hint) from None
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def by_place(shape: Shape[T], words: str) -> MapOf[T]:
    return MapOf(shape, words, PLACE, PLACE_WORDS)


TEXTS = by_place(SaidShape(), "texts by step")
EXPECTED = At(
    MappingOf(
        "what is expected",
        lambda **said: lambda path: Expected(path, **said),
        {
            "status": Key(OneOf(*ENDS), "How the run ends, or that it waits."),
            "reason": Key(Text(), "What is in the reason why it failed."),
            "route": Key(
                ListOf(Text(), "a list of steps"),
                f"The steps that ended, in order; {REST} or ... for any others.",
            ),
            "outputs": Key(by_place(Anything(), "values by step"), "What steps left."),
            "prompts": Key(TEXTS, "What models were asked."),
            "artifacts": Key(TEXTS, "What documents say."),
            "gates": Key(TEXTS, "What people were shown."),
        },
    )
)
CASE = At(
    MappingOf(
        "a case",
        lambda **said: lambda path: Case(path=path, **({"at": BEGINS} | said)),
        {
            "case": Key(Text(), "What it shows.", required=True, into="name"),
            "inputs": Key(ANYTHING, "What the run is given."),
            "context": Key(
                MapOf(Anything(), "values by name", CONTEXT_NAME, "dotted names"),
                "What is there instead of looking for it.",
            ),
            "project": Key(Text(), "The project it belongs to."),
            "at": Key(Moment(), "When it begins."),
            "env": Key(ANYTHING, "Variables of the environment that it may read."),
            "answers": Key(
                by_place(OneOrMore(AnswerShape()), "answers by step"),
                "What steps leave that would touch the world, one after another.",
            ),
            "decisions": Key(
                by_place(OneOrMore(DecidedShape()), "decisions by gate"),
                "What people choose, one after another.",
            ),
            "expect": Key(EXPECTED, "What it has to come to."),
        },
    )
)
TESTS: MappingOf[Tests] = MappingOf(
    "a test",
    Tests,
    {
        "test": Key(
            Name("the name of a workflow"),
            "The workflow that is tried.",
            required=True,
            into="workflow",
        ),
        "cases": Key(
            ListOf(CASE, "a list of cases", least=1), "The cases.", required=True
        ),
    },
)


def schema_of_tests() -> Schema:
    """JSON Schema of a test file, for editors."""
    defs: Schema = {}
    head = {"$schema": DRAFT, "title": "A Weir test"}
    return head | TESTS.schema(defs) | ({"$defs": defs} if defs else {})


class Read(Struct, frozen=True):
    """A test file as read; `tests` is None where anything is wrong with it."""

    path: str
    tests: Tests | None
    problems: list[Problem]
    marks: Marks


def read_tests(text: str | bytes, path: str) -> Read:
    """Read a test file. Never raises: what is wrong is told, in the order of lines."""
    document = yaml.read(text, path)
    reading = Reading(path, document.marks, document.problems)
    tests = None
    if document.complete:
        try:
            tests = TESTS.read(Spot(document.value, (), reading))
        except (Unread, TooMany):
            tests = None
    problems = sorted(reading.problems, key=lambda p: (p.line, p.column))
    return Read(path, None if problems else tests, problems, document.marks)
