"""Breaking text into rows of so many columns, without losing a character."""

from __future__ import annotations

from rich.cells import split_graphemes


def wrap(text: str, columns: int, *, words: bool = False) -> list[tuple[int, int]]:
    """Where each row of a text begins and ends, in characters.

    The rows together are the text: a space at a break stays at the end of its row. With
    `words`, a row ends after a space where there is one in its second half.
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
    # Marks and joiners take no columns, so a row can hold more characters than columns.
    piece = text[start : start + columns * 4]
    used = end = 0
    for _, stop, cells in split_graphemes(piece)[0]:
        if end and used + cells > columns:
            break
        used, end = used + cells, stop
    return start + end


def _after_a_space(text: str, start: int, end: int) -> int:
    if text[end] == " ":
        return end
    space = text.rfind(" ", start + (end - start) // 2, end)
    return end if space < 0 else space + 1
