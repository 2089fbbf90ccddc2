"""Filters that make text."""

from __future__ import annotations

import re
import shlex
from typing import Any
from urllib.parse import quote as percent_encode

from engine.definition.filters.table import (
    FILTERS,
    METHODS,
    items_of,
    known,
    read,
    text_of,
)
from engine.definition.template_values import MAX_TEXT, Missing, Refused, as_json, show


@known(FILTERS, missing=True)
def default(value: Any, instead: Any = "", empty: bool = False) -> Any:
    """`instead` for what is missing or null, with `empty` also for "" and 0."""
    absent = isinstance(value, Missing) or value is None
    return instead if absent or (empty and not value) else value


@known(FILTERS, "string")
@known(METHODS, "isoformat")
def string(value: Any) -> str:
    """A value as text: lists and objects as JSON, dates as ISO text."""
    return show(value)


@known(FILTERS)
@known(METHODS)
def upper(value: Any) -> str:
    """In capital letters."""
    return text_of(value).upper()


@known(FILTERS)
@known(METHODS)
def lower(value: Any) -> str:
    """In small letters."""
    return text_of(value).lower()


@known(FILTERS)
@known(METHODS)
def title(value: Any) -> str:
    """Each word with a capital letter."""
    return text_of(value).title()


@known(FILTERS)
@known(METHODS)
def capitalize(value: Any) -> str:
    """The first letter as a capital one, the others small."""
    return text_of(value).capitalize()


@known(FILTERS, "trim")
@known(METHODS, "strip")
def trim(value: Any, characters: str | None = None) -> str:
    """Without white space, or without these characters, at both ends."""
    return text_of(value).strip(characters)


@known(METHODS)
def startswith(value: Any, beginning: str) -> bool:
    """Whether a text begins so."""
    return text_of(value).startswith(beginning)


@known(METHODS)
def endswith(value: Any, end: str) -> bool:
    """Whether a text ends so."""
    return text_of(value).endswith(end)


@known(FILTERS)
@known(METHODS)
def replace(value: Any, old: str, new: str) -> str:
    """With one text in place of another, everywhere."""
    text, old, new = text_of(value), text_of(old), text_of(new)
    size = len(text) + text.count(old) * (len(new) - len(old))
    if size > MAX_TEXT:
        raise Refused("a text is too long for a template (1 MB)")
    return text.replace(old, new)


@known(FILTERS)
@known(METHODS)
def split(value: Any, separator: str | None = None) -> list[str]:
    """The parts of a text between separators, or between white space."""
    return text_of(value).split(separator)


@known(FILTERS, "lines")
@known(METHODS, "splitlines")
def lines(value: Any) -> list[str]:
    """The lines of a text as a list."""
    return text_of(value).splitlines()


@known(FILTERS)
def join(value: Any, separator: str = "", attribute: str | None = None) -> str:
    """One text out of a list, or out of what each item has under a name."""
    items = items_of(value)
    parts = [text_of(i) for i in (map(read(attribute), items) if attribute else items)]
    separator = text_of(separator)
    if sum(map(len, parts)) + len(separator) * len(parts) > MAX_TEXT:
        raise Refused("a text is too long for a template (1 MB)")
    return separator.join(parts)


@known(FILTERS)
def indent(value: Any, width: int = 4, first: bool = False) -> str:
    """Every line but the first (with `first` all) further to the right."""
    if not 0 <= width <= 100:
        raise Refused("indent takes a width from 0 to 100")
    found = text_of(value).splitlines(keepends=True)
    if sum(map(len, found)) + width * len(found) > MAX_TEXT:
        raise Refused("a text is too long for a template (1 MB)")
    margin = " " * width
    moved = [
        margin + line if (first or number) and line.strip() else line
        for number, line in enumerate(found)
    ]
    return "".join(moved)


@known(FILTERS)
def truncate(value: Any, length: int = 255, end: str = "…") -> str:
    """At most `length` characters, cut at a word where there is one."""
    text = text_of(value)
    if len(text) <= length:
        return text
    room = max(length - len(end), 0)
    cut = text[:room].rstrip()
    inside_a_word = len(cut) == room and not text[room].isspace()
    if inside_a_word and len(cut.split(None, 1)) > 1:
        cut = cut.rsplit(None, 1)[0]
    return cut + end


@known(FILTERS)
def wordcount(value: Any) -> int:
    """How many words a text has."""
    return len(text_of(value).split())


@known(FILTERS)
def quote(value: Any) -> str:
    """One word for a shell, whatever it holds."""
    return shlex.quote(text_of(value))


@known(FILTERS)
def urlencode(value: Any) -> str:
    """A text as a part of an address."""
    return percent_encode(text_of(value), safe="")


@known(FILTERS)
def markdown(value: Any) -> str:
    """Text that Markdown shows as it is."""
    text = re.sub(r"([\\`*_{}\[\]<>()#|~])", r"\\\1", text_of(value))
    return re.sub(r"(?m)^([ \t]*\d*)([-+=.])", r"\1\\\2", text)


@known(FILTERS)
def tojson(value: Any, indent: int | None = None) -> str:
    """A value as JSON."""
    if indent is not None and not 0 <= indent <= 8:
        raise Refused("tojson takes an indent from 0 to 8")
    return as_json(value, indent)
