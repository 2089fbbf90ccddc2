"""Making up a value that fits a JSON Schema."""

from __future__ import annotations

import re
from random import Random
from typing import Any

from engine.llm.pattern import matching

Json = Any
Schema = dict[str, Json]
MAX_DEPTH = 20


def invent(schema: Schema, phrases: list[str], random: Random, depth: int = 0) -> Json:
    """A value that fits, its texts taken from `phrases`."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return random.choice(schema["enum"])
    for choices in ("anyOf", "oneOf"):
        if schema.get(choices):
            return invent(schema[choices][0], phrases, random, depth)
    match kind_of(schema):
        case "object":
            return invent_object(schema, phrases, random, depth)
        case "array":
            return invent_array(schema, phrases, random, depth)
        case "integer":
            return invent_integer(schema, random)
        case "number":
            return invent_number(schema, random)
        case "boolean":
            return random.random() < 0.5
        case "null":
            return None
    return invent_text(schema, phrases, random)


def kind_of(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return next((k for k in kind if k != "null"), "null")
    if kind is None:
        return "object" if "properties" in schema else "string"
    return str(kind)


def invent_object(
    schema: Schema, phrases: list[str], random: Random, depth: int
) -> Json:
    required = schema.get("required", ())
    return {
        name: invent(inner, phrases, random, depth + 1)
        for name, inner in schema.get("properties", {}).items()
        if depth < MAX_DEPTH or name in required
    }


def invent_array(
    schema: Schema, phrases: list[str], random: Random, depth: int
) -> Json:
    least = schema.get("minItems", 0)
    most = schema.get("maxItems", max(least, 3))
    count = min(max(least, random.randint(1, 3)), most)
    items = schema.get("items") or {"type": "string"}
    return [invent(items, phrases, random, depth + 1) for _ in range(count)]


def invent_integer(schema: Schema, random: Random) -> int:
    low, high = bounds(schema)
    low, high = -int(-low // 1), int(high // 1)
    if "exclusiveMinimum" in schema and low == schema["exclusiveMinimum"]:
        low += 1
    if "exclusiveMaximum" in schema and high == schema["exclusiveMaximum"]:
        high -= 1
    return random.randint(low, max(low, high))


def invent_number(schema: Schema, random: Random) -> float:
    low, high = bounds(schema)
    if "exclusiveMinimum" in schema or "exclusiveMaximum" in schema:
        return (low + high) / 2
    return min(max(round(random.uniform(low, high), 2), low), high)


def bounds(schema: Schema) -> tuple[float, float]:
    """The lowest and the highest, a hundred apart where one of them is open."""
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None:
        low = 0 if high is None or high > 0 else high - 100
    return low, low + 100 if high is None else high


def invent_text(schema: Schema, phrases: list[str], random: Random) -> str:
    if schema.get("format") == "date":
        return f"2027-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    pattern = schema.get("pattern")
    if pattern:
        for _ in range(50):
            text = matching(pattern, random)
            fits = least <= len(text) and (most is None or len(text) <= most)
            if fits and re.search(pattern, text):
                return text
    text = random.choice(phrases)
    while len(text) < least:
        text += " " + random.choice(phrases)
    return text if most is None else text[:most]
