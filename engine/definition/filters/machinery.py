"""What a rewritten template calls in place of loops, paths and slices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import pass_context

from engine.definition.filters.table import (
    METHODS,
    Call,
    number_of,
    text_of,
    weigh_made,
)
from engine.definition.template_values import (
    Missing,
    Reading,
    Refused,
    kind,
    walk,
    weigh,
)


@pass_context
def path_(context: Reading, value: Any, path: tuple[str | int, ...]) -> Any:
    return walk(value, path)


@pass_context
def item_(context: Reading, value: Any, key: Any, name: str) -> Any:
    for given in (value, key):
        if isinstance(given, Missing):
            given.fail()
    if isinstance(key, str) and key.startswith("_"):
        raise Refused("attribute names that begin with _ are not allowed")
    return walk(value, (name, key))


@pass_context
def slice_(context: Reading, value: Any, start: Any, stop: Any, step: Any) -> Any:
    weigh(context, value)
    if not isinstance(value, (str, list, tuple)):
        raise Refused(f"a part can be taken of text and lists, not of {kind(value)}")
    return value[start:stop:step]


@pass_context
def each_(context: Reading, value: Any) -> Any:
    if isinstance(value, Missing):
        value.fail()
    if not isinstance(value, (list, tuple, dict, str, range)):
        raise Refused(f"a loop needs a list, and this is {kind(value)}")
    context.spend(len(value))
    return value


@pass_context
def range_(context: Reading, first: Any, *rest: Any) -> range:
    numbers = [number_of(weigh(context, number)) for number in (first, *rest)]
    if not all(isinstance(number, int) for number in numbers):
        raise Refused("range takes whole numbers")
    found = range(*numbers)  # type: ignore[arg-type]
    if len(found) > 1000:
        raise Refused("range gives at most 1000 numbers")
    return found


@pass_context
def concat_(context: Reading, values: Iterable[Any]) -> str:
    made = ""
    for value in values:
        weigh(context, value)
        made = weigh_made(context, made + text_of(value))
    return made


@pass_context
def weigh_(context: Reading, value: Any) -> Any:
    return weigh(context, value)


MACHINERY: dict[str, Call] = {
    "_path": path_, "_item": item_, "_slice": slice_, "_each": each_,
    "_range": range_, "_concat": concat_, "_weigh": weigh_,
    **{f"_method_{name}": method for name, method in METHODS.items()},
}  # fmt: skip
