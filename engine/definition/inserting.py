"""A step more in the text of a file, in which all else stays as it is, byte for byte.

The text is not written anew from what it says: new text is put between what stands
there, at the extents of its values. That what is read then is what was read before and
the new step, and nothing else, is looked at each time.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml as pyyaml
from msgspec import Struct

from engine.definition import yaml
from engine.definition.base import Json
from engine.definition.extents import Extent, Extents, Lines, extents
from engine.definition.marks import Path
from engine.definition.written import block, flow
from engine.errors import WeirError

WIDEST = 88  # columns of a step that stands in braces, as those beside it do
Step = dict[str, Json]


class Row(Struct, frozen=True):
    """A list of steps in a text, and which item of it the new one is to be."""

    text: str
    lines: Lines
    whole: Extent
    items: tuple[Extent, ...]
    at: int

    @property
    def beside(self) -> Extent:
        """The item that the new one is written like: the one before it."""
        return self.items[max(self.at - 1, 0)]


def insert(text: str, place: Path, at: int, step: Step) -> str:
    """The text with `step` as item `at` of the list at `place`.

    Raises WeirError for a text in which that can't be done without a change to others.
    """
    wanted = with_item(value_of(text), place, at, step)
    try:
        row = row_of(text, extents(text), place, at)
    except (pyyaml.YAMLError, KeyError) as error:
        raise WeirError("the file can't be written into; edit it yourself") from error
    ways = in_brackets(row, step) if row.whole.flow else in_lines(row, step)
    for written in ways:
        if value_of(written) == wanted:
            return written
    raise WeirError(
        "the step can't be put there without a change to what stands beside it;"
        " edit the file yourself, and end it with a new line"
    )


def value_of(text: str) -> Json:
    return yaml.read(text, "").value


def with_item(value: Json, place: Path, at: int, item: Json) -> Json:
    """The value with an item more in the list at a path."""
    if not place:
        return [*value[:at], item, *value[at:]]
    first, rest = place[0], place[1:]
    changed = with_item(value[first], rest, at, item)
    if isinstance(value, list):
        return [changed if n == first else each for n, each in enumerate(value)]
    return {key: changed if key == first else each for key, each in value.items()}


def row_of(text: str, found: Extents, place: Path, at: int) -> Row:
    count = sum(len(path) == len(place) + 1 and path[:-1] == place for path in found)
    items = tuple(found[(*place, number)] for number in range(count))
    return Row(text, Lines(text), found[place], items, at)


# A list whose items stand on lines of their own, each after its dash


def in_lines(row: Row, step: Step) -> Iterator[str]:
    short = flow(step)
    if row.beside.flow and row.whole.column + 2 + len(short) <= WIDEST:
        yield put(row, [short])
    yield put(row, [*block(step)])
    yield put(row, [*block(step)], ends=True)


def put(row: Row, body: list[str], *, ends: bool = False) -> str:
    """The text with the lines of an item put in, indented as its neighbours are.

    A file whose last line has no end is left so, unless it `ends` now.
    """
    number = line_after(row, row.at - 1) if row.at else line_before_first(row)
    new = dashed(row, body)
    if is_airy(row):
        new = ["", *new] if row.at else [*new, ""]
    offset, end = row.lines.start(number), row.lines.ending(number - 1)
    before, after = row.text[:offset], row.text[offset:]
    if before and not before.endswith(("\n", "\r")):  # the last line has no end
        return before + end + end.join(new) + (end if ends else "")
    return before + end.join(new) + end + after


def dashed(row: Row, body: list[str]) -> list[str]:
    """The lines with a dash before the first, as far apart as beside it."""
    dash, column = row.whole.column, row.beside.column
    before = row.lines.line(row.lines.at(row.beside.begin))[:column]
    inner = column if before.strip() == "-" else dash + 2  # its dash may stand above
    first = " " * dash + "-".ljust(inner - dash) + body[0]
    return [first, *(" " * inner + line if line else line for line in body[1:])]


def line_after(row: Row, item: int) -> int:
    """The line after an item and the comments that stand deeper than its dash."""
    lines = row.lines
    found = number = lines.after(row.items[item].end)
    while number < lines.count:
        line = lines.line(number)
        bare = line.strip()
        deep = len(line) - len(line.lstrip(" ")) > row.whole.column
        if bare and not (bare.startswith("#") and deep):
            break
        number += 1
        found = number if bare else found
    return found


def line_before_first(row: Row) -> int:
    """The line of the first dash, or of the comments right above it."""
    number = row.lines.at(row.whole.begin)
    while number and row.lines.line(number - 1).lstrip().startswith("#"):
        number -= 1
    return number


def is_airy(row: Row) -> bool:
    """Whether a blank line stands between the steps where the new one comes in."""
    if len(row.items) < 2:
        return False
    gap = min(max(row.at - 1, 0), len(row.items) - 2)
    begin, end = line_after(row, gap), row.lines.at(row.items[gap + 1].begin)
    return any(not row.lines.line(number).strip() for number in range(begin, end))


# A list in brackets


def in_brackets(row: Row, step: Step) -> Iterator[str]:
    """On a line of its own where its neighbours have that, else beside them."""
    text, new = row.text, flow(step)
    if not row.at:
        begin = row.items[0].begin
        lead = line_start(row, row.items[0])
        yield f"{text[:begin]}{new},{lead or ' '}{text[begin:]}"
        return
    item = row.items[row.at - 1]
    if lead := line_start(row, item):
        yield below(row, item, lead + new)
    yield f"{text[: item.end]}, {new}{text[item.end :]}"


def line_start(row: Row, item: Extent) -> str:
    """What leads from one line to an item that begins the next; else nothing."""
    number = row.lines.at(item.begin)
    indent = row.lines.line(number)[: item.column]
    return "" if indent.strip() else row.lines.ending(number - 1) + indent


def below(row: Row, item: Extent, new: str) -> str:
    """The text with a line more after that of an item, whose comment stays with it."""
    text = row.text
    line = row.lines.at(item.end - 1)
    end = row.lines.start(line) + len(row.lines.line(line).rstrip("\r\n"))
    rest = text[item.end : end]
    comma = rest.lstrip().startswith(",")
    lead, trail = ("", ",") if comma else (",", "")
    return f"{text[: item.end]}{lead}{rest}{new}{trail}{text[end:]}"
