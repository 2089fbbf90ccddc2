"""Values as YAML that a person would have written, and that reads back the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from engine.definition.base import Json
from engine.definition.scalars import plain

# What needs no quotes, in braces neither; whoever knows YAML 1.1 reads no booleans.
BARE = re.compile(r"[^\W\d_](?:[\w ./@-]*[\w./@-])?|\d+[smhd]")
OTHERWISE_TRUE = frozenset({"yes", "no", "on", "off", "y", "n"})
# A line of its own to YAML, or nothing that may stand in a file.
ESCAPED = re.compile("[\x7f-\xa0\u2028\u2029\ufeff]")
INDENT = "  "


def scalar(value: Json) -> str:
    if value is None:
        return "null"
    if not isinstance(value, str):
        return json.dumps(value)
    words = value.lower() in OTHERWISE_TRUE
    if BARE.fullmatch(value) and isinstance(plain(value), str) and not words:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def named(key: str) -> str:
    """A key, which nobody takes for a boolean."""
    return key if BARE.fullmatch(key) and isinstance(plain(key), str) else scalar(key)


def flow(value: Json) -> str:
    """A value on one line, in braces and brackets."""
    if isinstance(value, dict):
        pairs = (f"{named(key)}: {flow(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    return scalar(value)


def block(value: dict[str, Json]) -> Iterator[str]:
    """The lines of a mapping, as far left as they can stand."""
    for key, each in value.items():
        yield from entry(named(key), each)


def entry(key: str, value: Json) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield f"{key}:"
        yield from (INDENT + line for line in block(value))
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        yield f"{key}:"
        for each in value:
            yield from (INDENT + line for line in item(each))
    elif isinstance(value, str) and stands_in_lines(value):
        yield f"{key}: |"
        yield from (INDENT + line for line in value.removesuffix("\n").split("\n"))
    else:
        yield f"{key}: {flow(value)}"


def item(value: Json) -> Iterator[str]:
    """The lines of an item of a list, the first with its dash."""
    lines = block(value) if isinstance(value, dict) and value else [flow(value)]
    for number, line in enumerate(lines):
        yield f"{INDENT}{line}" if number else f"- {line}"


def stands_in_lines(text: str) -> bool:
    """Whether a text of lines can stand as it is, below a `|`."""
    lines = text.removesuffix("\n").split("\n")
    sound = all(line and line.isprintable() and line == line.strip() for line in lines)
    return text.endswith("\n") and sound
