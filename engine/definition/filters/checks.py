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


@known(TESTS, missing=True)
def defined(value: Any) -> bool:
    return not isinstance(value, Missing)


@known(TESTS, missing=True)
def undefined(value: Any) -> bool:
    return isinstance(value, Missing)


@known(TESTS)
def divisibleby(value: Any, by: int) -> bool:
    return number_of(value) % number_of(by) == 0


def _add_tests() -> None:
    for name, passes in PLAIN_TESTS.items():
        known(TESTS, name)(passes)
    for name, compares in COMPARED.items():
        if name.isalpha():
            known(TESTS, name)(compares)


_add_tests()
