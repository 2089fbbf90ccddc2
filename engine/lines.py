"""What changed from one text to another, line by line, however long they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import unified_diff

MOST = 2_000  # lines on either side that are compared one by one
SHOWN = 20  # of more than that, so many are shown
LONGEST = 1_000  # characters of a line; a longer one is broken
PIECE = 100  # characters of what it is broken into
AROUND = 3  # lines that are the same, before and after what is not
PLACE = re.compile(r"@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@")
SAME_LINES = "(the same lines; their ends differ, or spaces that are not seen)"


def changed_lines(one: str, other: str, names: tuple[str, str]) -> list[str]:
    """A unified diff with its two lines of heading; empty for equal texts.

    What has too little in common to be compared line by line is told by its size and
    its beginning.
    """
    if one == other:
        return []
    was, is_ = lines_of(one), lines_of(other)
    head = in_common(was, is_)
    tail = in_common(was[head:][::-1], is_[head:][::-1])
    first = max(0, head - AROUND)
    changed = was[first : len(was) - tail], is_[first : len(is_) - tail]
    if max(map(len, changed)) > MOST:
        return [*heading(names), *told_by_size(head + 1, was, is_, tail)]
    after = was[len(was) - tail :][:AROUND]
    diff = unified_diff(changed[0] + after, changed[1] + after, *names, lineterm="")
    return [placed(each, first) for each in diff] or [*heading(names), SAME_LINES]


def lines_of(text: str) -> list[str]:
    lines = text.splitlines()
    if max(map(len, lines), default=0) <= LONGEST:
        return lines
    return [piece for line in lines for piece in broken(line)]


def broken(line: str) -> Iterator[str]:
    """A line, in pieces where it is so long that a change in it would not be seen."""
    size = len(line) if len(line) <= LONGEST else PIECE
    for at in range(0, max(1, len(line)), max(1, size)):
        yield line[at : at + size]


def in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines are the same from the beginning on."""
    pairs = enumerate(zip(one, other, strict=False))
    shorter = min(len(one), len(other))
    return next((n for n, (a, b) in pairs if a != b), shorter)


def heading(names: tuple[str, str]) -> list[str]:
    return [f"--- {names[0]}", f"+++ {names[1]}"]


def told_by_size(
    first: int, was: Sequence[str], is_: Sequence[str], tail: int
) -> Iterator[str]:
    gone = was[first - 1 : len(was) - tail]
    come = is_[first - 1 : len(is_) - tail]
    yield f"@@ -{first},{len(gone)} +{first},{len(come)} @@"
    for sign, lines in (("-", gone), ("+", come)):
        yield from (f"{sign}{line}" for line in lines[:SHOWN])
        if len(lines) > SHOWN:
            yield f"{sign}… {len(lines) - SHOWN} more lines"


def placed(line: str, after: int) -> str:
    """A place in a text of which only what stands after some lines was compared."""
    found = PLACE.fullmatch(line)
    if found is None:
        return line
    was, more, is_, more_is = found.groups(default="")
    return f"@@ -{int(was) + after}{more} +{int(is_) + after}{more_is} @@"
