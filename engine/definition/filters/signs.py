"""What `+` and the other signs give, with bounds before they are performed."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from engine.definition.filters.numbers import to_date
from engine.definition.filters.table import weigh_made
from engine.definition.template_values import MAX_NUMBER, Reading, Refused, kind, weigh


def arithmetic(context: Reading, sign: str, left: Any, right: Any) -> Any:
    """What `left sign right` gives: numbers, dates, and joined texts and lists."""
    for side in (left, right):
        weigh(context, side)
    if _is_number(left) and _is_number(right):
        return _calculate(sign, left, right)
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return weigh_made(context, left + right)
    if sign == "+" and isinstance(left, list) and isinstance(right, list):
        return weigh_made(context, left + right)
    if sign in "+-" and isinstance(left, date):
        return _move(sign, left, right)
    if sign == "+" and isinstance(left, str) | isinstance(right, str):
        raise Refused(
            f"`+` can't add {kind(left)} and {kind(right)}; `~` joins as text"
        )
    raise Refused(f"`{sign}` works on numbers, not on {kind(left)} and {kind(right)}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow,
}  # fmt: skip


def _calculate(sign: str, left: Any, right: Any) -> Any:
    too_large = Refused("a number is too large for a template (up to 10^15)")
    if abs(left) > MAX_NUMBER or abs(right) > MAX_NUMBER:
        raise too_large
    if sign == "**" and abs(right) > 64:
        raise too_large
    if right == 0 and sign in ("/", "//", "%"):
        raise Refused(f"`{sign}` by zero")
    result = OPERATORS[sign](left, right)
    if isinstance(result, complex):
        raise Refused("`**` has no real result here")
    if not abs(result) <= MAX_NUMBER:
        raise too_large
    return result


def _move(sign: str, left: date, right: Any) -> Any:
    """A date and a number of days, or the time between two dates."""
    step = operator.add if sign == "+" else operator.sub
    if isinstance(right, int):
        right = timedelta(days=right)
    if isinstance(right, timedelta):
        return step(left, right)
    if sign == "+" or not isinstance(right, date):
        raise Refused(f"`{sign}` can't be used on a date and {kind(right)}; `| date`?")
    if isinstance(left, datetime) and isinstance(right, datetime):
        return left - right
    return to_date(left) - to_date(right)
