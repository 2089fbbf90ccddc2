"""What typed values may be: as JSON Schema for a model, and accepted from a person."""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from engine.definition.base import Json
from engine.definition.typed import Field, Fields
from engine.definition.words import among, did_you_mean, shown
from engine.errors import InvalidValues

NO_FIELD = Field()
# `$` and `(?m)` would let a second line through; and no other digits than ours.
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
TRUTH = {"yes": True, "true": True, "no": False, "false": False}
WORDS = {
    "string": "a text",
    "text": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "yes or no",
    "array": "a list",
    "object": "a mapping",
    "date": "a date like 2026-01-31",
}
JSON_TYPES = {"text": "string", "date": "string"}


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """The expression of a field's `pattern`. Raises re.error."""
    with warnings.catch_warnings():  # they would be written across the screen
        warnings.simplefilter("ignore")
        return re.compile(pattern)


def without_patterns(field: Field) -> Field:
    """The field, to look at a value before anyone trusts the file it stands in.

    A hostile expression can search for ever; numbers and lengths can't.
    """
    inner = {name: without_patterns(each) for name, each in field.properties.items()}
    items = without_patterns(field.items) if field.items else None
    return replace(field, pattern=None, items=items, properties=inner)


# As JSON Schema


def json_schema(fields: Fields) -> dict[str, Any]:
    """Draft 2020-12, strict: every property required, no others; optional is null."""
    return {
        "type": "object",
        "properties": {name: field_schema(field) for name, field in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def field_schema(field: Field) -> dict[str, Any]:
    kind = JSON_TYPES.get(field.type, field.type)
    schema: dict[str, Any] = {"type": kind if field.required else [kind, "null"]}
    about = {"title": field.title, "description": field.description}
    schema |= {name: text for name, text in about.items() if text}
    if field.enum:
        schema["enum"] = [*field.enum] if field.required else [*field.enum, None]
    length = "Items" if field.type == "array" else "Length"
    limits = {
        "minimum": field.minimum,
        "maximum": field.maximum,
        f"min{length}": field.min_length,
        f"max{length}": field.max_length,
        "pattern": field.pattern,
    }
    schema |= {name: limit for name, limit in limits.items() if limit is not None}
    if field.type == "date":
        schema["format"] = "date"
    if field.type == "array":
        schema["items"] = field_schema(field.items or NO_FIELD)
    if field.properties:
        schema |= json_schema(field.properties) | {"type": schema["type"]}
    return schema


# Accepted from a person, a program or a model

TYPED = ("input", "form value")  # by a person, after `-i`


def accept(
    fields: Fields,
    values: Mapping[str, Json],
    *,
    text: bool = False,
    noun: str = "input",
) -> dict[str, Json]:
    """The values with their defaults, each field present; None for an optional one.

    With `text`, strings are read as what the field is: `-i k=v`, a form.
    Raises InvalidValues with a sentence for everything that is wrong.
    """
    problems = [
        unknown_value(name, fields, noun) for name in values if name not in fields
    ]
    accepted: dict[str, Json] = {}
    missing = []
    for name, field in fields.items():
        value = values.get(name)
        if text and isinstance(value, str):
            value = from_text(field, value)
        if value is None:
            accepted[name] = field.default if field.has_default else None
            if field.required and not field.has_default:
                missing.append(name)
                problems.append(missing_value(name, field, noun))
            continue
        problems += [f"`{shown(name)}` {words}" for words in misfits(field, value, "")]
        accepted[name] = filled(field, value)
    if problems:
        raise InvalidValues(problems, missing if noun in TYPED else ())
    return accepted


def unknown_value(name: str, fields: Fields, noun: str) -> str:
    known = f"known: {among(fields)}" if fields else "there are none"
    hint = did_you_mean(name, fields, otherwise=known)
    return f"unknown {noun} `{shown(str(name))}`; {hint}"


def missing_value(name: str, field: Field, noun: str) -> str:
    about = field.description or field.title
    return f"missing {noun} `{name}`" + (f" ({about})" if about else "")


def from_text(field: Field, text: str) -> Json:
    """What a text means for a field, or the text itself when it means nothing."""
    bare = text.strip()
    if not bare and field.type not in ("string", "text"):
        return None
    match field.type:
        case "integer" if INTEGER.fullmatch(bare):
            return int(bare)
        case "number":
            return number_from(bare, text)
        case "boolean":
            return TRUTH.get(bare.lower(), text)
        case "date":
            return bare
        case "array" | "object":
            return json_from(bare, text)
        case _:
            return text


def number_from(bare: str, text: str) -> Json:
    if INTEGER.fullmatch(bare):
        return int(bare)
    try:
        number = float(bare) if "_" not in bare else math.nan
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def json_from(bare: str, text: str) -> Json:
    try:
        return json.loads(bare)
    except (ValueError, RecursionError):
        return text


def as_said(field: Field, value: Json) -> Json:
    """The value with the texts in it, at any depth, read as what the field says."""
    match value:
        case str():
            return from_text(field, value)
        case list() if field.items:
            return [as_said(field.items, item) for item in value]
        case dict() if field.properties:
            inner = {n: f for n, f in field.properties.items() if n in value}
            return value | {n: as_said(f, value[n]) for n, f in inner.items()}
        case _:
            return value


def filled(field: Field, value: Json) -> Json:
    """The value with the defaults of what stands inside it."""
    if field.type == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if field.properties and isinstance(value, dict):
        return value | {
            name: filled(inner, value[name])
            if value.get(name) is not None
            else inner.default
            for name, inner in field.properties.items()
        }
    if field.items and isinstance(value, list):
        return [filled(field.items, item) for item in value]
    return value


# What does not fit


def misfits(
    field: Field, value: Json, where: str, *, more: bool = False
) -> Iterator[str]:
    """Ends of a sentence about a value: `must be a number; got `abc``.

    With `more`, an object may have more in it than the field says.
    """
    at = f"at {where} " if where else ""
    if not fits_type(field.type, value):
        yield f"{at}must be {words_for(field)}; got {said(value)}"
        return
    if field.enum and value not in field.enum:
        names = [str(item) for item in field.enum]
        hint = did_you_mean(str(value), names) if isinstance(value, str) else ""
        one_of = ", ".join(names)
        yield f"{at}must be one of {one_of}; got {said(value)}" + (
            f"; {hint}" if hint else ""
        )
        return
    yield from (f"{at}{words}" for words in beyond_limits(field, value))
    yield from inside(field, value, where, more=more)


def words_for(field: Field) -> str:
    if field.type == "array" and field.items:
        return 'a list, as JSON: ["…"]' if field.items.type == "string" else "a list"
    return WORDS[field.type]


def fits_type(kind: str, value: Json) -> bool:
    match kind:
        case "string" | "text":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return is_number(value) and float(value).is_integer()
        case "number":
            return is_number(value) and math.isfinite(value)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            return isinstance(value, str) and is_date(value)


def is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_date(text: str) -> bool:
    if not DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def beyond_limits(field: Field, value: Json) -> Iterator[str]:
    if is_number(value):
        if field.minimum is not None and value < field.minimum:
            yield f"must be at least {field.minimum:g}; got {said(value)}"
        if field.maximum is not None and value > field.maximum:
            yield f"must be at most {field.maximum:g}; got {said(value)}"
    if isinstance(value, (str, list)):
        unit = "characters" if isinstance(value, str) else "items"
        if field.min_length is not None and len(value) < field.min_length:
            yield f"must have at least {field.min_length} {unit}; it has {len(value)}"
        if field.max_length is not None and len(value) > field.max_length:
            yield f"must have at most {field.max_length} {unit}; it has {len(value)}"
    if (
        field.pattern
        and isinstance(value, str)
        and not compiled(field.pattern).search(value)
    ):
        yield f"must match {shown(field.pattern)}; got {said(value)}"


def inside(field: Field, value: Json, where: str, *, more: bool) -> Iterator[str]:
    if field.items and isinstance(value, list):
        for number, item in enumerate(value):
            yield from misfits(field.items, item, f"{where}[{number}]", more=more)
    if field.properties and isinstance(value, dict):
        for name, inner in field.properties.items():
            path = f"{where}.{name}".lstrip(".")
            if value.get(name) is not None:
                yield from misfits(inner, value[name], path, more=more)
            elif inner.required and not inner.has_default:
                yield f"lacks `{path}`"
        for name in () if more else value:
            if name not in field.properties:
                hint = did_you_mean(str(name), field.properties)
                yield f"has an unknown `{shown(f'{where}.{name}'.lstrip('.'))}`" + (
                    f"; {hint}" if hint else ""
                )


def said(value: Json) -> str:
    """A value as a problem quotes it."""
    if isinstance(value, str):
        return f"`{shown(value)}`" if value else "an empty text"
    try:
        return f"`{shown(json.dumps(value, ensure_ascii=False))}`"
    except (TypeError, ValueError):
        return f"`{shown(str(value))}`"
