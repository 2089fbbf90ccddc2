"""What a template may touch: data by its keys, bounded in size, never a callable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import Context, LoopContext

MAX_OUTPUT = 2_000_000  # characters a template may make
MAX_TEXT = 1_000_000  # characters of one value on the way there
MAX_NUMBER = 10**15
MAX_DEPTH = 100
# A unit is an iteration, or eight characters made or read. The budget keeps any
# template under a second or two, and what it makes under 25 MB.
MAX_WORK = 3_000_000

SCALARS = frozenset({str, int, float, bool, type(None)})
ABSENT: Any = object()

# What can be read from the values that are not data of a run: dates and `loop`.
ATTRIBUTES: dict[type, frozenset[str]] = {
    datetime: frozenset({"year", "month", "day", "hour", "minute", "second"}),
    date: frozenset({"year", "month", "day"}),
    timedelta: frozenset({"days", "seconds"}),
    LoopContext: frozenset(
        {
            "index", "index0", "revindex", "revindex0",
            "first", "last", "length", "previtem", "nextitem",
        }
    ),
}  # fmt: skip

KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "a boolean"),
    (str, "text"),
    ((int, float), "a number"),
    (dict, "an object"),
    ((list, tuple, range), "a list"),
    (datetime, "a time"),
    (date, "a date"),
    (timedelta, "a length of time"),
)


class Refused(TemplateRuntimeError):
    """What a template asked for is not allowed, or not possible with these values."""


class Missing(StrictUndefined):
    """A name that leads nowhere; using it says which and, where it helps, why.

    Made by Jinja for a bare name and by `walk` with (path, index, container).
    """

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if not isinstance(self._undefined_name, tuple):
            return f"`{self._undefined_name}` is missing"
        path, index, container = self._undefined_name
        name = f"`{dotted(path)}` is missing"
        if index < len(path) - 1:
            name += f": there is no `{dotted(path[: index + 1])}`"
        if not isinstance(container, dict):
            return name
        near = get_close_matches(str(path[index]), [str(k) for k in container], 1)
        return (
            f"{name}; there is `{dotted((*path[:index], near[0]))}`" if near else name
        )

    def fail(self) -> Any:
        self._fail_with_undefined_error()


class Reading(Context):
    """One rendering: the scope it reads, and the work it may still do."""

    left = MAX_WORK

    def spend(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            raise Refused("the template does too much: fewer loops, or shorter lists")


def dotted(path: Sequence[str | int]) -> str:
    """`outputs.risk`, `rows[0].name`, and `.days` after something without a name."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text[1:]


def kind(value: object) -> str:
    """What a value is, in a word or two for a sentence."""
    if value is None:
        return "null"
    return next(
        (name for types, name in KINDS if isinstance(value, types)), "something"
    )


def look(value: Any, key: Any) -> Any:
    """What stands under a key, an index or a permitted attribute; else ABSENT."""
    if isinstance(value, dict):
        try:
            return value.get(key, ABSENT)
        except TypeError:  # a list as a key
            return ABSENT
    if isinstance(value, (list, tuple, str, range)):
        whole = isinstance(key, int) and not isinstance(key, bool)
        return value[key] if whole and -len(value) <= key < len(value) else ABSENT
    if key in ATTRIBUTES.get(type(value), ()):
        return getattr(value, key)
    return ABSENT


def walk(value: Any, path: tuple[str | int, ...]) -> Any:
    """Follow a path whose first name is the value's own ("" when it has none)."""
    if isinstance(value, Missing):
        if value._undefined_name == path[0]:
            return Missing(name=(path, 0, None))  # type: ignore[arg-type]
        return value
    for index in range(1, len(path)):
        found = look(value, path[index])
        if found is ABSENT or isinstance(found, Missing):
            return Missing(name=(path, index, value))  # type: ignore[arg-type]
        value = found
    return value


def measure(value: Any, left: int = MAX_OUTPUT, depth: int = 0) -> int:
    """About how many characters a value is as JSON. Refused beyond a bound.

    A list that holds one list ten times is as large as it would be written out.
    """
    if depth > MAX_DEPTH:
        raise Refused("a value is nested too deeply")
    if isinstance(value, str):
        return len(value) + 4
    if not isinstance(value, (dict, list, tuple)):
        return 4
    size = 4
    for item in value.items() if isinstance(value, dict) else value:
        size += measure(item, left - size, depth + 1)
        if size > left:
            raise Refused("a value is too large for a template (2 MB as text)")
    return size


def weigh(context: Reading, value: Any) -> Any:
    """Charge for reading a value, and refuse one that is missing."""
    if type(value) in SCALARS and type(value) is not str:
        return value
    if isinstance(value, Missing):
        value.fail()
    if isinstance(value, str):
        context.spend(len(value) >> 3)
    elif isinstance(value, (dict, list, tuple)):
        context.spend(measure(value) >> 3)
    return value


def plain(value: Any) -> Any:
    """A value as JSON has it: dates become ISO text, a length of time its days."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise Refused("a number came out as infinite or not a number")
        return value
    if isinstance(value, dict):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        days = value / timedelta(days=1)
        return int(days) if days.is_integer() else days
    if isinstance(value, Missing):
        value.fail()
    raise Refused("this is no data, and can't be shown in a template")


def _key(key: Any) -> str:
    return key if isinstance(key, str) else show(key)


def as_json(value: Any, indent: int | None = None) -> str:
    """A value as JSON text, refused when it is too large."""
    measure(value)
    return json.dumps(plain(value), ensure_ascii=False, indent=indent)


def show(value: Any) -> str:
    """A value as a person reads it: text as it is, lists and objects as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, timedelta):
        days = plain(value)
        return f"{days} day" if days == 1 else f"{days} days"
    plainly = value if type(value) in (int, float) else None
    if plainly is not None:
        return str(plainly)
    found = as_json(value)
    return json.loads(found) if isinstance(value, date) else found
