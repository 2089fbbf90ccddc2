"""Values as YAML that a person would have written, and that reads back the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeGuard

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
        yield from map(indented, block(value))
    elif isinstance(value, list) and any(map(needs_lines, value)):
        yield f"{key}:"
        for each in value:
            yield from map(indented, item(each))
    elif stands_in_lines(value):
        first, *lines = below_a_sign(value)
        yield f"{key}: {first}"
        yield from map(indented, lines)
    else:
        yield f"{key}: {flow(value)}"


def item(value: Json) -> Iterator[str]:
    """The lines of an item of a list, the first with its dash."""
    first, *lines = lines_of(value)
    yield f"- {first}"
    yield from map(indented, lines)


def lines_of(value: Json) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield from block(value)
    elif stands_in_lines(value):
        yield from below_a_sign(value)
    else:
        yield flow(value)


def needs_lines(value: Json) -> bool:
    return isinstance(value, dict) or stands_in_lines(value)


def indented(line: str) -> str:
    return INDENT + line if line else line


def below_a_sign(text: str) -> Iterator[str]:
    yield "|" if text.endswith("\n") else "|-"
    yield from text.removesuffix("\n").split("\n")


def stands_in_lines(value: Json) -> TypeGuard[str]:
    """Whether it is a text of lines that can stand as it is, below a `|`."""
    if not isinstance(value, str) or "\n" not in value:
        return False
    lines = value.removesuffix("\n").split("\n")
    begun, ended = lines[0] == lines[0].lstrip() != "", lines[-1] != ""
    return begun and ended and all(map(is_sound, lines))


def is_sound(line: str) -> bool:
    return line.replace("\t", " ").isprintable() and line == line.rstrip()
