"""Filters for lists and objects."""

from __future__ import annotations

from typing import Any

from engine.definition.filters.checks import COMPARED, PLAIN_TESTS
from engine.definition.filters.table import (
    FILTERS,
    METHODS,
    items_of,
    known,
    number_of,
    read,
)
from engine.definition.template_values import (
    MAX_TEXT,
    Missing,
    Refused,
    as_json,
    kind,
    measure,
    walk,
)


@known(FILTERS, "length", "count")
def length(value: Any) -> int:
    """How many items a list has, keys an object, or characters a text."""
    return len(value) if isinstance(value, (str, dict)) else len(items_of(value))


@known(FILTERS)
def first(value: Any) -> Any:
    """The first item of a list that is not empty."""
    return _at(value, 0, "first")


@known(FILTERS)
def last(value: Any) -> Any:
    """The last item of a list that is not empty."""
    return _at(value, -1, "last")


def _at(value: Any, index: int, name: str) -> Any:
    items = items_of(value)
    if not items:
        raise Refused(f"an empty list has no {name} item")
    return items[index]


@known(FILTERS, "list")
def list_(value: Any) -> list[Any]:
    """The items as a list: the keys of an object, the characters of a text."""
    return items_of(value)


@known(FILTERS)
@known(METHODS)
def items(value: Any) -> list[tuple[Any, Any]]:
    """The keys of an object, each with its value."""
    return list(_object(value).items())


@known(FILTERS)
@known(METHODS)
def keys(value: Any) -> list[Any]:
    """The keys of an object."""
    return list(_object(value))


@known(FILTERS)
@known(METHODS)
def values(value: Any) -> list[Any]:
    """The values of an object."""
    return list(_object(value).values())


@known(METHODS)
def get(value: Any, key: str, otherwise: Any = None) -> Any:
    """What stands under a key of an object, or `otherwise`."""
    return _object(value).get(key, otherwise)


def _object(value: Any) -> dict[Any, Any]:
    if isinstance(value, dict):
        return value
    raise Refused(f"an object is needed here, and this is {kind(value)}")


def folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


@known(FILTERS)
def sort(value: Any, reverse: bool = False, attribute: str | None = None) -> list[Any]:
    """In order, text without regard to case."""
    by = read(attribute) if attribute is not None else None
    return sorted(
        items_of(value),
        key=lambda item: folded(by(item) if by else item),
        reverse=bool(reverse),
    )


@known(FILTERS)
def reverse(value: Any) -> Any:
    """The other way round: a list, or a text."""
    return value[::-1] if isinstance(value, str) else items_of(value)[::-1]


@known(FILTERS)
def unique(value: Any, attribute: str | None = None) -> list[Any]:
    """Each item once, where it first stood; compared as JSON."""
    by = read(attribute) if attribute is not None else None
    kept: dict[str, Any] = {}
    for item in items_of(value):
        kept.setdefault(as_json(by(item) if by else item), item)
    return list(kept.values())


@known(FILTERS)
def map_(value: Any, attribute: str, default: Any = None) -> list[Any]:
    """What each item has under a name, or `default`."""
    if default is None:
        return [read(attribute)(item) for item in items_of(value)]
    path = ("", *attribute.split("."))
    read(attribute)
    found = [walk(item, path) for item in items_of(value)]
    return [default if isinstance(item, Missing) else item for item in found]


@known(FILTERS, "sum")
def sum_(value: Any, attribute: str | None = None, start: int = 0) -> int | float:
    """The numbers of a list together, or what each item has under a name."""
    by = read(attribute) if attribute is not None else None
    total: int | float = start
    for item in items_of(value):
        total += number_of(by(item) if by else item)
    return total


@known(FILTERS, "min")
def min_(value: Any, attribute: str | None = None) -> Any:
    """The smallest item of a list, or the one with the smallest value under a name."""
    return _extreme(min, value, attribute)


@known(FILTERS, "max")
def max_(value: Any, attribute: str | None = None) -> Any:
    """The largest item of a list, or the one with the largest value under a name."""
    return _extreme(max, value, attribute)


def _extreme(which: Any, value: Any, attribute: str | None) -> Any:
    found = items_of(value)
    if not found:
        raise Refused("an empty list has no smallest or largest item")
    return which(found, key=read(attribute) if attribute is not None else folded)


@known(FILTERS)
def selectattr(value: Any, attribute: str, test: str = "", than: Any = None) -> Any:
    """The items that pass a test by what they have under a name."""
    found = _affordable(value, than)
    return [item for item in found if _passes(item, attribute, test, than)]


@known(FILTERS)
def rejectattr(value: Any, attribute: str, test: str = "", than: Any = None) -> Any:
    """The items that do not pass a test by what they have under a name."""
    found = _affordable(value, than)
    return [item for item in found if not _passes(item, attribute, test, than)]


def _affordable(value: Any, than: Any) -> list[Any]:
    """The items, unless looking for each in `than` would take too long."""
    found = items_of(value)
    if len(found) * measure(than) > 10 * MAX_TEXT:
        raise Refused("the lists are too long to be compared in a template")
    return found


def _passes(item: Any, attribute: str, test: str, than: Any) -> bool:
    found = walk(item, ("", *attribute.split(".")))
    read(attribute)
    if test in ("defined", "undefined"):
        return isinstance(found, Missing) == (test == "undefined")
    if isinstance(found, Missing):
        found.fail()
    if not test:
        return bool(found)
    if test in COMPARED:
        return bool(COMPARED[test](found, than))
    if test in PLAIN_TESTS:
        return PLAIN_TESTS[test](found)
    raise Refused(f"`{test}` is not a test that selectattr knows")
