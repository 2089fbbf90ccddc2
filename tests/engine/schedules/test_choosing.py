"""Which times count, and what becomes of one that overlaps: one row each."""

from __future__ import annotations

import pytest

from engine.definition.begins import Catchup, Overlap
from engine.schedules.choosing import MOST, ON_TIME, chosen, overlapping

HOUR = 3600.0
NOW = 100 * HOUR
NIGHT = [NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR]

ROWS: list[tuple[str, list[float], Catchup, list[float]]] = [
    ("nothing has come", [], "all", []),
    ("one on time", [NOW], "none", [NOW]),
    ("one a moment late is on time", [NOW - ON_TIME], "none", [NOW - ON_TIME]),
    ("none of a night", NIGHT, "none", []),
    ("the last of a night", NIGHT, "one", [NIGHT[-1]]),
    ("all of a night", NIGHT, "all", NIGHT),
    ("none of a night, and one on time", [*NIGHT, NOW], "none", [NOW]),
    ("one on time makes up for a night", [*NIGHT, NOW], "one", [NOW]),
    ("all of a night, and one on time", [*NIGHT, NOW], "all", [*NIGHT, NOW]),
]


@pytest.mark.parametrize(
    ("times", "catchup", "kept"),
    [row[1:] for row in ROWS],
    ids=[row[0] for row in ROWS],
)
def test_times_that_have_come(
    times: list[float], catchup: Catchup, kept: list[float]
) -> None:
    found = chosen(times, NOW, catchup)
    assert [each.at for each in found] == times, "each is told"
    assert [each.at for each in found if not each.missed] == kept


def test_no_more_than_a_hundred_are_made_up_for() -> None:
    times = [NOW - n * HOUR for n in reversed(range(MOST + 1))]
    found = chosen(times, NOW, "all")
    assert [each.at for each in found if each.missed] == times[:1]


@pytest.mark.parametrize(
    ("overlap", "under_way", "turn"),
    [
        ("skip", [], "begin"),
        ("queue", [], "begin"),
        ("allow", [], "begin"),
        ("skip", ["r1"], "skip"),
        ("queue", ["r1"], "wait"),
        ("allow", ["r1"], "begin"),
    ],
)
def test_what_overlaps(overlap: Overlap, under_way: list[str], turn: str) -> None:
    assert overlapping(overlap, under_way) == turn
