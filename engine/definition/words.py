"""The words problems are told in: what a value is, and which name was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from msgspec.json import encode

from engine.definition.base import Json

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
LONGEST_NAME = 64
MOST_COMPARED = 300  # names looked through for the one that was meant

# What people who know other tools write first.
SYNONYMS = {
    "if": "when",
    "condition": "when",
    "depends_on": "needs",
    "next": "route",
    "goto": "to",
    "name": "id",
    "bash": "shell",
    "command": "shell",
    "cmd": "run",
    "gate": "approval",
    "default_value": "default",
    "options": "enum",
    "str": "string",
    "int": "integer",
    "float": "number",
    "double": "number",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "map": "object",
    "sleep": "wait",
    "outputs": "output",
    "retries": "retry",
    "type": "form",
    "markdown": "text",
    "body": "text",
    "cleanup": "undo",
    "compensate": "undo",
    "min": "minimum",
    "max": "maximum",
    "regex": "pattern",
}


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, if any is near."""
    names = list(known)[:MOST_COMPARED]
    if SYNONYMS.get(name) in names:
        return SYNONYMS[name]
    lowered = {n.lower(): n for n in names}
    close = difflib.get_close_matches(name.lower()[:80], lowered, n=1, cutoff=0.6)
    return lowered[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else otherwise


def among(names: Iterable[str], limit: int = 12) -> str:
    """A sorted list in words, cut when it is long."""
    every = sorted(names)
    more = len(every) - limit
    return ", ".join(every[:limit]) + (f" and {more} more" if more > 0 else "")


def is_name(text: str) -> bool:
    return len(text) <= LONGEST_NAME and NAME.fullmatch(text) is not None


def as_name(text: str) -> str:
    """The name nearest to a text: `My Flow!` becomes `my-flow`."""
    slug = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-_")
    return slug[:LONGEST_NAME].rstrip("-_")


def kind_of(value: Json) -> str:
    """What a value is, in the words of the person who wrote it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def shown(text: str, limit: int = 40) -> str:
    """A text on one line, cut, with what a terminal would obey made visible."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)


def literal(value: Json) -> str:
    """A value as an expression."""
    match value:
        case None:
            return "none"
        case float() if value.is_integer():
            return str(int(value))  # as they print it
        case dict():
            pairs = (f"{literal(key)}: {literal(each)}" for key, each in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(literal(each) for each in value) + "]"
        case _:
            return encode(value).decode()
