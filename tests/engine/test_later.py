"""A time to come, as a person says it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from engine.errors import InvalidValues
from engine.later import later


@pytest.fixture(autouse=True, params=["UTC", "America/New_York", "Asia/Kolkata"])
def zone(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


def now() -> float:
    return datetime(2026, 11, 27, 15, 0).timestamp()  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("90m", "2026-11-27 16:30"),
        ("2h", "2026-11-27 17:00"),
        ("3d", "2026-11-30 15:00"),
        ("1w", "2026-12-04 15:00"),
        ("tomorrow", "2026-11-28 09:00"),
        ("Monday", "2026-11-30 09:00"),
        ("friday", "2026-12-04 09:00"),
        ("18:30", "2026-11-27 18:30"),
        ("9:00", "2026-11-28 09:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026-12-01T14:00", "2026-12-01 14:00"),
    ],
)
def test_it_is_a_time_on_the_clock_here(text: str, at: str) -> None:
    found = datetime.fromtimestamp(later(text, now())).astimezone()
    assert found.strftime("%Y-%m-%d %H:%M") == at


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no time to come"),
        ("soon", "is no time to come"),
        ("-2h", "is no time to come"),
        ("0h", "is over"),
        ("2026-11-27", "is over"),
        ("25:00", "is no time to come"),
        ("2026-13-01", "is no time to come"),
        ("60w", "more than a year away"),
        ("99999999999w", "more than a year away"),
        ("9999-12-31", "more than a year away"),
    ],
)
def test_what_is_none_is_refused_with_what_would_be_one(text: str, why: str) -> None:
    with pytest.raises(InvalidValues, match=f"{why}.*write 2h, 3d, tomorrow"):
        later(text, now())
