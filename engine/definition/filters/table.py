"""The tables of what templates may call, and how each call is charged."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from jinja2 import pass_context

from engine.definition.template_values import (
    MAX_TEXT,
    Missing,
    Reading,
    Refused,
    kind,
    show,
    walk,
    weigh,
)

Call = Callable[..., Any]

FILTERS: dict[str, Call] = {}
METHODS: dict[str, Call] = {}  # written x.upper(): a few that people expect
TESTS: dict[str, Call] = {}


def known(
    table: dict[str, Call], *names: str, missing: bool = False, says: str = ""
) -> Callable[[Call], Call]:
    """Put a function into a table, charged for what it reads and makes.

    Missing values never reach it, unless `missing` says that it asks for them. The
    reference of templates says of it what its docstring or `says` does.
    """

    def add(function: Call) -> Call:
        @wraps(function)
        def bounded(context: Reading, value: Any, *args: Any, **kwargs: Any) -> Any:
            context.spend(1)
            if not missing:
                for item in (value, *args, *kwargs.values()):
                    weigh(context, item)
            return weigh_made(context, function(value, *args, **kwargs))

        bounded.__doc__ = says or function.__doc__
        for name in names or (function.__name__.rstrip("_"),):
            table[name] = pass_context(bounded)
        return function

    return add


def weigh_made(context: Reading, value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise Refused("a text is too long for a template (1 MB)")
        context.spend(len(value) >> 3)
    elif isinstance(value, (list, dict)):
        context.spend(len(value))
    return value


def items_of(value: Any) -> list[Any]:
    """What a loop over the value would meet."""
    if isinstance(value, (list, tuple, dict, str, range)):
        return list(value)
    raise Refused(f"a list is needed here, and this is {kind(value)}")


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else show(value)


def number_of(value: Any) -> int | float:
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        number = float(value)
        return int(number) if number.is_integer() and "." not in value else number
    raise Refused(f"a number is needed here, and this is {kind(value)}")


def read(attribute: str | int) -> Callable[[Any], Any]:
    """A reader of `name` or `address.city` from each item of a list."""
    if isinstance(attribute, int):
        path: tuple[str | int, ...] = ("", attribute)
    else:
        path = ("", *attribute.split("."))
        if any(step.startswith("_") for step in path if isinstance(step, str)):
            raise Refused("attribute names that begin with _ are not allowed")

    def from_item(item: Any) -> Any:
        found = walk(item, path)
        return found.fail() if isinstance(found, Missing) else found

    return from_item
