"""Tests: `x is odd`, and by name in `selectattr`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from engine.definition.filters.table import TESTS, known, number_of
from engine.definition.template_values import Missing

COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "equalto": operator.eq, "==": operator.eq,
    "ne": operator.ne, "!=": operator.ne,
    "lt": operator.lt, "lessthan": operator.lt, "<": operator.lt,
    "le": operator.le, "<=": operator.le,
    "gt": operator.gt, "greaterthan": operator.gt, ">": operator.gt,
    "ge": operator.ge, ">=": operator.ge,
    "in": lambda value, among: value in among,
}  # fmt: skip

PLAIN_TESTS: dict[str, Callable[[Any], bool]] = {
    "none": lambda value: value is None,
    "null": lambda value: value is None,
    "string": lambda value: isinstance(value, str),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "float": lambda value: isinstance(value, float),
    "boolean": lambda value: isinstance(value, bool),
    "true": lambda value: value is True,
    "false": lambda value: value is False,
    "mapping": lambda value: isinstance(value, dict),
    "sequence": lambda value: isinstance(value, (list, tuple, str)),
    "iterable": lambda value: isinstance(value, (list, tuple, str, dict)),
    "odd": lambda value: number_of(value) % 2 == 1,
    "even": lambda value: number_of(value) % 2 == 0,
}


# One sentence for each test that is one expression.
SAYS: dict[str, str] = {
    "none": "It is null.",
    "null": "It is null.",
    "string": "It is text.",
    "number": "It is a number, whole or not.",
    "integer": "It is a whole number.",
    "float": "It is a number with a fraction, `2.0` among them.",
    "boolean": "It is true or false.",
    "true": "It is true, and not only something.",
    "false": "It is false, and not only nothing.",
    "mapping": "It is an object.",
    "sequence": "It is a list or text.",
    "iterable": "A loop can go over it: a list, text or an object.",
    "odd": "The number is odd.",
    "even": "The number is even.",
    **dict.fromkeys(("eq", "equalto"), "It is the same, as `==` says."),
    "ne": "It is something else, as `!=` says.",
    **dict.fromkeys(("lt", "lessthan"), "It is less, as `<` says."),
    "le": "It is less or the same, as `<=` says.",
    **dict.fromkeys(("gt", "greaterthan"), "It is more, as `>` says."),
    "ge": "It is more or the same, as `>=` says.",
    "in": "It is one of a list, a part of a text, or a key of an object.",
}


@known(TESTS, missing=True)
def defined(value: Any) -> bool:
    """The name leads somewhere."""
    return not isinstance(value, Missing)


@known(TESTS, missing=True)
def undefined(value: Any) -> bool:
    """The name leads nowhere."""
    return isinstance(value, Missing)


@known(TESTS)
def divisibleby(value: Any, by: int) -> bool:
    """The number can be divided by another without a remainder."""
    return number_of(value) % number_of(by) == 0


def _add_tests() -> None:
    for name, passes in PLAIN_TESTS.items():
        known(TESTS, name, says=SAYS[name])(passes)
    for name, compares in COMPARED.items():
        if name.isalpha():
            known(TESTS, name, says=SAYS[name])(compares)


_add_tests()
