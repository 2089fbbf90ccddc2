"""Texts that are nearly the same: what they share, and what is each one's own."""

from __future__ import annotations

import random

import pytest

from tui.panes.alike import LONGEST, Alike, alike


def again(found: Alike, number: int) -> str:
    """A text, put together from what all share and from its own."""
    own = found.own[number]
    lines: list[str] = []
    for at, line in enumerate(found.lines):
        lines += [*own.get(at, ()), line]
    return "\n".join([*lines, *own.get(len(found.lines), ())])


def test_what_differs_is_each_ones_own() -> None:
    texts = ["Dear Ana,\n\nit is due.\nBye", "Dear Ben,\n\nit is due.\nBye"]
    found = alike(texts)
    assert found is not None
    assert found.lines == ("", "it is due.", "Bye")
    assert found.own == ({0: ("Dear Ana,",)}, {0: ("Dear Ben,",)})
    assert found.places() == {0: 1}


@pytest.mark.parametrize(
    "texts",
    [
        ["a\nb", "c\nd"],
        ["a\nb\nc\nd\ne", "a\nw\nx\ny\nz"],
        ["\n" * 3, "\n" * 4],
        ["same\n" * (LONGEST + 1), "same\n"],
    ],
)
def test_what_shares_too_little_is_not_compared(texts: list[str]) -> None:
    assert alike(texts) is None


@pytest.mark.parametrize("seed", range(200))
def test_nothing_is_lost(seed: int) -> None:
    chance = random.Random(seed)
    common = [chance.choice("abc ") for _ in range(chance.randint(2, 12))]

    def text() -> str:
        lines = list(common)
        for _ in range(chance.randint(0, 4)):
            lines.insert(chance.randint(0, len(lines)), chance.choice("abcxyz"))
        return "\n".join(lines)

    texts = [text() for _ in range(chance.randint(2, 5))]
    found = alike(texts)
    if found is not None:
        assert [again(found, n) for n in range(len(texts))] == texts
