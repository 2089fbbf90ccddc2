"""The times of a schedule, across the days on which clocks are moved."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest

from engine.definition.begins import Schedule
from engine.definition.cron import times, why_no_cron
from engine.schedules.clock import iso, next_time, times_between, zone

VIENNA = "Europe/Vienna"


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


# cron, from when, the times that follow: in Vienna the clock goes from 02:00 to 03:00
# on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
ROWS = [
    (
        "a working day",
        "0 8 * * 1-5",
        "2026-11-27T12:00+01:00",
        ["2026-11-30T08:00+01:00", "2026-12-01T08:00+01:00"],
    ),
    (
        "a time that the day leaves out comes right after the gap",
        "30 2 * * *",
        "2026-03-28T12:00+01:00",
        ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"],
    ),
    (
        "a time that the day has twice comes once",
        "30 2 * * *",
        "2026-10-24T12:00+02:00",
        ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"],
    ),
    (
        "every hour goes by real time across the gap",
        "0 * * * *",
        "2026-03-29T00:30+01:00",
        [
            "2026-03-29T01:00+01:00",
            "2026-03-29T03:00+02:00",
            "2026-03-29T04:00+02:00",
        ],
    ),
    (
        "every hour comes twice where the hour does",
        "0 * * * *",
        "2026-10-25T01:30+02:00",
        [
            "2026-10-25T02:00+02:00",
            "2026-10-25T02:00+01:00",
            "2026-10-25T03:00+01:00",
        ],
    ),
    (
        "the same time of day is another time in summer",
        "0 8 * * *",
        "2026-03-28T07:00+01:00",
        ["2026-03-28T08:00+01:00", "2026-03-29T08:00+02:00"],
    ),
    (
        "the last day of a month",
        "0 0 L * *",
        "2028-02-01T00:00+01:00",
        ["2028-02-29T00:00+01:00", "2028-03-31T00:00+02:00"],
    ),
]


@pytest.mark.parametrize(
    ("cron", "after", "expected"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_the_times_that_follow(cron: str, after: str, expected: list[str]) -> None:
    found = islice(times(cron, zone(VIENNA), at(after)), len(expected))
    assert [iso(each, VIENNA) for each in found] == [
        iso(at(each), VIENNA) for each in expected
    ]


@pytest.mark.parametrize("cron", ["30 2 * * *", "0 * * * *", "*/7 1-4 * * *", "@x"])
def test_what_was_missed_is_what_would_have_come(cron: str) -> None:
    """Also over a year in which a schedule of every minute has half a million times."""
    cron = "* * * * *" if cron == "@x" else cron
    schedule = Schedule(cron=cron)
    since, now = at("2026-01-01T00:00+01:00"), at("2026-10-25T12:00+01:00")
    found = times_between(schedule, VIENNA, since, now, 100)
    assert len(found) == 100
    onward = list(islice(times(cron, zone(VIENNA), found[0] - 1), 100))
    assert found == onward
    following = next_time(schedule, VIENNA, now)
    assert following is not None
    assert following > now
    assert next_time(schedule, VIENNA, found[-1]) == following


def test_few_are_all_of_them() -> None:
    schedule = Schedule(cron="0 8 * * *")
    since, now = at("2026-03-27T08:00+01:00"), at("2026-03-30T09:00+02:00")
    found = times_between(schedule, VIENNA, since, now, 100)
    assert found[0] == since
    assert len(found) == 4


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0 8 * * 1-5", ""),
        ("*/5 * * * *", ""),
        ("0 0 L * *", ""),
        ("0 9 * * MON#1", ""),
        ("0 8 * *", "has 4 fields and must have five"),
        ("0 0 8 * * *", "has 6 fields and must have five"),
        ("61 8 * * *", "says no minute"),
        ("0 8 30 2 *", "says no day-of-month"),
        ("@daily", "is short for five fields"),
    ],
)
def test_what_is_no_cron(text: str, why: str) -> None:
    assert why_no_cron(text).partition(";")[0] == why


def test_a_zone_that_is_gone_is_utc() -> None:
    assert zone("Mars/Olympus") is UTC
