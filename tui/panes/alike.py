"""Texts that are nearly the same: their common lines once, and each one's own."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from msgspec import Struct

LONGEST = 2000  # lines; comparing longer ones takes too long
LEAST = 0.5  # of the lines of the shortest: less in common is not worth it


class Alike(Struct, frozen=True):
    """`own[n]` are the lines of the n-th text by the common line they stand before.

    A text is, for each common line, its own lines there and then that line.
    """

    lines: tuple[str, ...]
    own: tuple[dict[int, tuple[str, ...]], ...]

    def places(self) -> dict[int, int]:
        """Where texts differ: a number from 1, by the common line that follows."""
        found = sorted({place for own in self.own for place in own})
        return {place: number for number, place in enumerate(found, 1)}


def alike(texts: Sequence[str]) -> Alike | None:
    """What texts share and what not; None where they share too little."""
    every = [text.split("\n") for text in texts]
    if max(map(len, every)) > LONGEST:
        return None
    lines = every[0]
    for other in every[1:]:
        lines = shared(lines, other)
    if len(lines) < LEAST * min(map(len, every)) or not any(lines):
        return None
    return Alike(tuple(lines), tuple(own_in(each, lines) for each in every))


def shared(one: list[str], other: list[str]) -> list[str]:
    """Lines that both have, in the same order."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [line for at in blocks for line in one[at.a : at.a + at.size]]


def own_in(text: Sequence[str], lines: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """The lines of a text besides these, which it has in this order."""
    found: dict[int, tuple[str, ...]] = {}
    place = 0
    for line in text:
        if place < len(lines) and line == lines[place]:
            place += 1
        else:
            found[place] = (*found.get(place, ()), line)
    return found
