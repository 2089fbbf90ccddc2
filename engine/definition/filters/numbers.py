"""Filters for numbers, money and dates."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from engine.definition.filters.table import FILTERS, METHODS, known, number_of, text_of
from engine.definition.template_values import Refused, kind


@known(FILTERS, "round")
def round_(value: Any, digits: int = 0) -> int | float:
    """Rounded to so many digits; half goes to the even neighbour."""
    if not -15 <= digits <= 15:
        raise Refused("round takes from -15 to 15 digits")
    return round(number_of(value), digits) if digits else round(number_of(value))


@known(FILTERS, "abs")
def abs_(value: Any) -> int | float:
    """A number without its sign."""
    return abs(number_of(value))


@known(FILTERS, "int")
def int_(value: Any, otherwise: int | None = None) -> int:
    """A whole number out of text or a number, or `otherwise`."""
    try:
        return int(number_of(value))
    except (ValueError, OverflowError):
        if otherwise is not None:
            return otherwise
        raise Refused(f"`{text_of(value)[:40]}` is not a number") from None


@known(FILTERS, "float")
def float_(value: Any, otherwise: float | None = None) -> float:
    """A number out of text, or `otherwise`."""
    try:
        number = float(number_of(value))
        if not abs(number) < float("inf"):
            raise ValueError
    except (ValueError, OverflowError):
        if otherwise is not None:
            return otherwise
        raise Refused(f"`{text_of(value)[:40]}` is not a number") from None
    return number


@known(FILTERS)
def money(value: Any, symbol: str = "", digits: int | None = None) -> str:
    """120000 as 120,000 and 9.5 as 9.50, with a symbol in front when given."""
    number = number_of(value)
    if digits is None:
        digits = 0 if number == int(number) else 2
    if not 0 <= digits <= 6:
        raise Refused("money takes from 0 to 6 digits")
    sign = "-" if number < 0 else ""
    return f"{sign}{symbol}{abs(number):,.{digits}f}"


@known(FILTERS)
def percent(value: Any, digits: int = 0) -> str:
    """0.08 as 8%."""
    if not 0 <= digits <= 6:
        raise Refused("percent takes from 0 to 6 digits")
    return f"{number_of(value) * 100:.{digits}f}%"


FORMAT = re.compile(r"(?:[^%]|%-?[aAbBdHIjmMpSuUVwWyYZzF%])*", re.DOTALL)


@known(FILTERS, "date")
def date_(value: Any, form: str | None = None) -> date | str:
    """A date from `2027-03-01` or an ISO time; as text when a format is given."""
    day = to_date(value)
    return day if form is None else formatted(day, form)


@known(METHODS, "strftime")
def formatted(value: Any, form: str) -> str:
    """A date or a time as text, in a format such as `%d %b %Y`."""
    if not isinstance(value, date):
        raise Refused(f"a date is needed here, and this is {kind(value)}")
    if len(form) > 100 or not FORMAT.fullmatch(form):
        raise Refused(f"`{form[:40]}` is not a date format; write for example %d %b %Y")
    return value.strftime(form)


def to_date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise Refused(f"a date is needed here, and this is {kind(value)}")
    try:
        return datetime.fromisoformat(value.strip()).date()
    except ValueError:
        raise Refused(f"`{value[:40]}` is not a date; write it as 2027-03-01") from None


@known(FILTERS)
def days(value: Any, since: Any = None) -> int:
    """How many days: of a length of time, or to a date `since` another."""
    if isinstance(value, timedelta):
        return value.days
    if since is None:
        raise Refused("days needs a length of time, or a date and `days(today)`")
    return (to_date(value) - to_date(since)).days
