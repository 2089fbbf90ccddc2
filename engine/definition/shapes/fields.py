"""The shape of a field: `integer`, or `{type: integer, minimum: 0}`."""

from __future__ import annotations

import re
from typing import Any, get_args

from msgspec.structs import replace

from engine.definition.base import Json
from engine.definition.fields import compiled, misfits, without_patterns
from engine.definition.shapes.basic import (
    Anything,
    Flag,
    Number,
    OneOf,
    Shape,
    Text,
    Whole,
)
from engine.definition.shapes.compound import Either, ListOf, MapOf, Named, Then
from engine.definition.shapes.mapping import Key, MappingOf
from engine.definition.spot import Spot
from engine.definition.typed import Field, Fields, FieldType

FIELD_TYPES: tuple[str, ...] = get_args(FieldType)
TEXT_TYPES = ("string", "text")
NUMBER_TYPES = ("number", "integer")
IDENTIFIER = "[A-Za-z][A-Za-z0-9_]*"

# Which types a limit can be put on.
LIMITS = {
    "minimum": NUMBER_TYPES,
    "maximum": NUMBER_TYPES,
    "min_length": (*TEXT_TYPES, "array"),
    "max_length": (*TEXT_TYPES, "array"),
    "pattern": TEXT_TYPES,
    "items": ("array",),
    "properties": ("object",),
}

# What a field is when its type is left to what else is said: read downwards.
IMPLIED = {"items": "array", "properties": "object"}


def make_field(**values: Any) -> Field:
    values.setdefault("type", implied_type(values))
    if "default" in values:
        values["has_default"] = True
    if values.get("has_default"):
        values["required"] = False
    return Field(**values)


def implied_type(values: dict[str, Any]) -> str:
    for key, kind in IMPLIED.items():
        if key in values:
            return kind
    given = values.get("enum", ())
    if given and all(type(value) is bool for value in given):
        return "boolean"
    if given and all(type(value) is int for value in given):
        return "integer"
    if given and all(type(value) in (int, float) for value in given):
        return "number"
    return "string"


def check_field(spot: Spot, values: dict[str, Any]) -> None:
    """What single keys can't tell: limits that fit the type, a default that fits."""
    kind = values.get("type") or implied_type(values)
    for name, types in LIMITS.items():
        if name in values and kind not in types:
            limited = " and ".join(types)
            spot.child(name).wrong(
                f"`{name}` is for {limited}; this field is of type {kind}", at_key=True
            )
    for low, high in (("minimum", "maximum"), ("min_length", "max_length")):
        if low in values and high in values and values[low] > values[high]:
            spot.child(low).wrong(f"`{low}` is greater than `{high}`")
    if values.get("required") and "default" in values:
        spot.child("required").wrong(
            "a field with a default is never missing", "remove `required`", at_key=True
        )
    try:
        field = make_field(**values)
    except TypeError:
        return
    for number, given in enumerate(field.enum):
        tell_misfits(spot.child("enum").child(number), bare(field), given)
    if field.has_default:
        tell_misfits(spot.child("default"), without_patterns(field), field.default)


def tell_misfits(spot: Spot, field: Field, given: Json) -> None:
    for words in misfits(field, given, ""):
        spot.wrong(f"this value {words}")


def bare(field: Field) -> Field:
    """The field without its list of values, to look at one of them."""
    return replace(without_patterns(field), enum=())


class Pattern(Text):
    def __init__(self) -> None:
        super().__init__("a regular expression")

    def read(self, spot: Spot) -> str:
        text = super().read(spot)
        try:
            compiled(text)
        except (re.error, OverflowError, RecursionError) as error:
            reason = f"`pattern` is not a regular expression: {error}"
            raise spot.wrong(reason) from None
        return text


FIELD: Shape[Field] = Named(
    "field", "a type, or a mapping that describes a field", lambda: FIELD_OR_TYPE
)

PROPERTIES: Shape[Fields] = MapOf(
    FIELD,
    "a mapping of names to types",
    "[A-Za-z][A-Za-z0-9_-]*",
    "a letter, then letters, digits, `_` and `-`",
    instead=Field,
)

INPUTS: Shape[Fields] = MapOf(
    FIELD,
    "a mapping of names to types",
    IDENTIFIER,
    "a letter, then letters, digits and `_`",
    instead=Field,
)

FIELD_MAPPING = MappingOf(
    "a field",
    make_field,
    {
        "type": Key(OneOf(*FIELD_TYPES), "What kind of value it is."),
        "title": Key(Text(), "What a form calls it."),
        "description": Key(Text(), "What it is, for a person and for a model."),
        "required": Key(Flag(), "false: it may be left out."),
        "default": Key(Anything(), "What it is when nobody gives it."),
        "enum": Key(ListOf(Anything(), "a list of values", least=1), "All it may be."),
        "minimum": Key(Number(), "The least it may be."),
        "maximum": Key(Number(), "The most it may be."),
        "min_length": Key(Whole(0, 1_000_000), "The fewest characters or items."),
        "max_length": Key(Whole(0, 1_000_000), "The most characters or items."),
        "pattern": Key(Pattern(), "A regular expression it must match."),
        "items": Key(FIELD, "What each item of an array is."),
        "properties": Key(PROPERTIES, "What stands in an object."),
    },
    check_field,
)

FIELD_OR_TYPE: Shape[Field] = Either(
    "a type (string, number, …) or a mapping that describes a field",
    text=Then(OneOf(*FIELD_TYPES), lambda kind: Field(type=kind)),  # type: ignore[arg-type]
    mapping=FIELD_MAPPING,
)
