"""Which columns of a table fit, and how wide each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

GAP = 1
LEAST = 8  # a column that takes the rest is worth showing from this width


@dataclass(frozen=True)
class Column:
    """A column of a table; `width` None takes the room the others leave, or its part.

    When the table is narrow, those of highest `priority` have the room, of several the
    leftmost; what is left goes to lesser ones that fit into it.
    """

    key: str
    title: str
    width: int | None = None
    priority: int = 0
    least: int = LEAST  # of one without a width
    align: Literal["left", "right"] = "left"


def fit(columns: Sequence[Column], room: int) -> list[tuple[int, int]]:
    """The columns that fit in `room`, as (index, width), in their order."""
    kept: list[int] = []
    for i in sorted(range(len(columns)), key=lambda i: -columns[i].priority):
        if not kept or _needed(columns, [*kept, i]) <= room:
            kept.append(i)
    kept.sort()
    spare = room - _needed(columns, kept)
    widths = {i: _least(columns[i]) for i in kept}
    free = [i for i in kept if columns[i].width is None]
    for nth, i in enumerate(free):
        widths[i] += max(0, spare) // len(free) + (nth < max(0, spare) % len(free))
    return [(i, max(1, min(widths[i], room))) for i in kept]


def _needed(columns: Sequence[Column], kept: list[int]) -> int:
    return sum(_least(columns[i]) for i in kept) + GAP * (len(kept) - 1)


def _least(column: Column) -> int:
    return column.least if column.width is None else column.width
