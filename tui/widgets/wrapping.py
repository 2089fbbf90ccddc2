"""Breaking text into rows of so many columns, without losing a character."""

from __future__ import annotations

import re
from functools import cache

from rich.cells import split_graphemes

# What may take two columns, and some that take one: for a bound that is quickly had.
MAYBE_WIDE = (
    "[\u1100-\u115f\u231a-\u24ff\u25fd-\u2bff\u2e80-\ua4cf\ua960-\ua97f"
    "\uac00-\ud7a3\uf900-\ufaff\ufe0f-\ufe6f\uff00-\uffe6\U00016fe0-\U0003fffd]"
)


def at_most(text: str) -> int:
    """Columns that a text takes, or a few more; much faster than to measure it."""
    if text.isascii():
        return len(text)
    return len(text) + len(maybe_wide().findall(text))


@cache
def maybe_wide() -> re.Pattern[str]:
    """Compiled when it is first needed: it takes a hundredth of the first paint."""
    return re.compile(MAYBE_WIDE)


def wrap(text: str, columns: int, *, words: bool = False) -> list[tuple[int, int]]:
    """Where each row of a text begins and ends, in characters.

    The rows together are the text: a space at a break stays at the end of its row, and
    may stand past the edge. With `words`, a row ends after a space where there is one
    in its second half.
    """
    if columns <= 0 or not text:
        return [(0, len(text))]
    rows: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = _fitting(text, start, columns)
        if words and end < len(text):
            end = _after_a_space(text, start, end)
        rows.append((start, end))
        start = end
    return rows


def _fitting(text: str, start: int, columns: int) -> int:
    """The end of the longest piece from `start` that fits; at least one character."""
    piece = text[start : start + columns]
    if piece.isascii():
        return start + len(piece)
    spans, cells = split_graphemes(piece)
    if cells < columns and start + columns < len(text):
        # Marks and joiners take no columns: a row can hold more characters than that.
        spans, _ = split_graphemes(text[start : start + columns * 4])
    used = end = 0
    for _, stop, cells in spans:
        if end and used + cells > columns:
            break
        used, end = used + cells, stop
    return start + end


def _after_a_space(text: str, start: int, end: int) -> int:
    if text[end] == " ":
        return end + 1
    space = text.rfind(" ", start + (end - start) // 2, end)
    return end if space < 0 else space + 1
