"""The filters, tests and methods a template may use, each bounded in what it makes."""

from __future__ import annotations

import operator
import re
import shlex
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import quote as percent_encode

from jinja2 import pass_context

from engine.definition.template_values import (
    MAX_NUMBER,
    MAX_TEXT,
    Missing,
    Reading,
    Refused,
    as_json,
    kind,
    measure,
    show,
    walk,
    weigh,
)

Call = Callable[..., Any]

FILTERS: dict[str, Call] = {}
METHODS: dict[str, Call] = {}  # written x.upper(): a few that people expect
TESTS: dict[str, Call] = {}


def known(
    table: dict[str, Call], *names: str, missing: bool = False
) -> Callable[[Call], Call]:
    """Put a function into a table, charged for what it reads and makes.

    Missing values never reach it, unless `missing` says that it asks for them.
    """

    def add(function: Call) -> Call:
        @wraps(function)
        def bounded(context: Reading, value: Any, *args: Any, **kwargs: Any) -> Any:
            context.spend(1)
            if not missing:
                for item in (value, *args, *kwargs.values()):
                    weigh(context, item)
            return weigh_made(context, function(value, *args, **kwargs))

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


# Text


@known(FILTERS, missing=True)
def default(value: Any, instead: Any = "", empty: bool = False) -> Any:
    """`instead` for what is missing or null, with `empty` also for "" and 0."""
    absent = isinstance(value, Missing) or value is None
    return instead if absent or (empty and not value) else value


@known(FILTERS, "string")
@known(METHODS, "isoformat")
def string(value: Any) -> str:
    return show(value)


@known(FILTERS)
@known(METHODS)
def upper(value: Any) -> str:
    return text_of(value).upper()


@known(FILTERS)
@known(METHODS)
def lower(value: Any) -> str:
    return text_of(value).lower()


@known(FILTERS)
@known(METHODS)
def title(value: Any) -> str:
    return text_of(value).title()


@known(FILTERS)
@known(METHODS)
def capitalize(value: Any) -> str:
    return text_of(value).capitalize()


@known(FILTERS, "trim")
@known(METHODS, "strip")
def trim(value: Any, characters: str | None = None) -> str:
    return text_of(value).strip(characters)


@known(METHODS)
def startswith(value: Any, beginning: str) -> bool:
    return text_of(value).startswith(beginning)


@known(METHODS)
def endswith(value: Any, end: str) -> bool:
    return text_of(value).endswith(end)


@known(FILTERS)
@known(METHODS)
def replace(value: Any, old: str, new: str) -> str:
    text, old, new = text_of(value), text_of(old), text_of(new)
    size = len(text) + text.count(old) * (len(new) - len(old))
    if size > MAX_TEXT:
        raise Refused("a text is too long for a template (1 MB)")
    return text.replace(old, new)


@known(FILTERS)
@known(METHODS)
def split(value: Any, separator: str | None = None) -> list[str]:
    return text_of(value).split(separator)


@known(FILTERS, "lines")
@known(METHODS, "splitlines")
def lines(value: Any) -> list[str]:
    return text_of(value).splitlines()


@known(FILTERS)
def join(value: Any, separator: str = "", attribute: str | None = None) -> str:
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
    return len(text_of(value).split())


@known(FILTERS)
def quote(value: Any) -> str:
    """One word for a shell, whatever it holds."""
    return shlex.quote(text_of(value))


@known(FILTERS)
def urlencode(value: Any) -> str:
    return percent_encode(text_of(value), safe="")


@known(FILTERS)
def markdown(value: Any) -> str:
    """Text that Markdown shows as it is."""
    text = re.sub(r"([\\`*_{}\[\]<>()#|~])", r"\\\1", text_of(value))
    return re.sub(r"(?m)^([ \t]*\d*)([-+=.])", r"\1\\\2", text)


@known(FILTERS)
def tojson(value: Any, indent: int | None = None) -> str:
    if indent is not None and not 0 <= indent <= 8:
        raise Refused("tojson takes an indent from 0 to 8")
    return as_json(value, indent)


# Numbers and dates


@known(FILTERS, "round")
def round_(value: Any, digits: int = 0) -> int | float:
    if not -15 <= digits <= 15:
        raise Refused("round takes from -15 to 15 digits")
    return round(number_of(value), digits) if digits else round(number_of(value))


@known(FILTERS, "abs")
def abs_(value: Any) -> int | float:
    return abs(number_of(value))


@known(FILTERS, "int")
def int_(value: Any, otherwise: int | None = None) -> int:
    try:
        return int(number_of(value))
    except (ValueError, OverflowError):
        if otherwise is not None:
            return otherwise
        raise Refused(f"`{text_of(value)[:40]}` is not a number") from None


@known(FILTERS, "float")
def float_(value: Any, otherwise: float | None = None) -> float:
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


# Lists and objects


@known(FILTERS, "length", "count")
def length(value: Any) -> int:
    return len(value) if isinstance(value, (str, dict)) else len(items_of(value))


@known(FILTERS)
def first(value: Any) -> Any:
    return _at(value, 0, "first")


@known(FILTERS)
def last(value: Any) -> Any:
    return _at(value, -1, "last")


def _at(value: Any, index: int, name: str) -> Any:
    items = items_of(value)
    if not items:
        raise Refused(f"an empty list has no {name} item")
    return items[index]


@known(FILTERS, "list")
def list_(value: Any) -> list[Any]:
    return items_of(value)


@known(FILTERS)
@known(METHODS)
def items(value: Any) -> list[tuple[Any, Any]]:
    return list(_object(value).items())


@known(FILTERS)
@known(METHODS)
def keys(value: Any) -> list[Any]:
    return list(_object(value))


@known(FILTERS)
@known(METHODS)
def values(value: Any) -> list[Any]:
    return list(_object(value).values())


@known(METHODS)
def get(value: Any, key: str, otherwise: Any = None) -> Any:
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
    return value[::-1] if isinstance(value, str) else items_of(value)[::-1]


@known(FILTERS)
def unique(value: Any, attribute: str | None = None) -> list[Any]:
    """Without what came before, compared as JSON."""
    by = read(attribute) if attribute is not None else None
    kept = {as_json(by(item) if by else item): item for item in items_of(value)[::-1]}
    return list(kept.values())[::-1]


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
    by = read(attribute) if attribute is not None else None
    total: int | float = start
    for item in items_of(value):
        total += number_of(by(item) if by else item)
    return total


@known(FILTERS, "min")
def min_(value: Any, attribute: str | None = None) -> Any:
    return _extreme(min, value, attribute)


@known(FILTERS, "max")
def max_(value: Any, attribute: str | None = None) -> Any:
    return _extreme(max, value, attribute)


def _extreme(which: Any, value: Any, attribute: str | None) -> Any:
    found = items_of(value)
    if not found:
        raise Refused("an empty list has no smallest or largest item")
    return which(found, key=read(attribute) if attribute is not None else folded)


@known(FILTERS)
def selectattr(value: Any, attribute: str, test: str = "", than: Any = None) -> Any:
    found = _affordable(value, than)
    return [item for item in found if _passes(item, attribute, test, than)]


@known(FILTERS)
def rejectattr(value: Any, attribute: str, test: str = "", than: Any = None) -> Any:
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


# Tests: `x is odd`, and by name in selectattr

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


# Operators. Read a row as: for this operator, these bounds before it is performed.


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


# What the rewritten template calls in place of loops, paths and slices.


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
    if not -1000 <= numbers[0] <= MAX_NUMBER or len(found) > 1000:
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
