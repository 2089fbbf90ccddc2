"""Facts about quiet hours: they hold by the clock of their zone, over midnight too."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.notify_settings import Quiet
from engine.notifying.hours import quiet_until

VIENNA = ZoneInfo("Europe/Vienna")


def at(text: str, zone: ZoneInfo = VIENNA) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def quiet(begins: str, ends: str) -> Quiet:
    return Quiet(from_=begins, until=ends, timezone="Europe/Vienna")


@pytest.mark.parametrize(
    ("begins", "ends", "now", "until"),
    [
        ("22:00", "07:00", "2026-05-04T21:59", None),
        ("22:00", "07:00", "2026-05-04T22:00", "2026-05-05T07:00"),
        ("22:00", "07:00", "2026-05-05T06:59", "2026-05-05T07:00"),
        ("22:00", "07:00", "2026-05-05T07:00", None),
        ("12:00", "13:30", "2026-05-05T12:45", "2026-05-05T13:30"),
        ("12:00", "13:30", "2026-05-05T14:00", None),
        # The night in which clocks are put forward, and the one they are put back.
        ("22:00", "07:00", "2026-03-28T23:00", "2026-03-29T07:00"),
        ("22:00", "07:00", "2026-10-24T23:00", "2026-10-25T07:00"),
    ],
)
def test_quiet_ends_when_the_clock_there_says(
    begins: str, ends: str, now: str, until: str | None
) -> None:
    found = quiet_until(quiet(begins, ends), at(now))
    assert found == (at(until) if until else None)


def test_another_zone_is_quiet_at_another_time() -> None:
    tokyo = at("2026-05-05T12:00", ZoneInfo("Asia/Tokyo"))  # 05:00 in Vienna
    assert quiet_until(quiet("22:00", "07:00"), tokyo) == at("2026-05-05T07:00")


def test_without_quiet_hours_it_never_is() -> None:
    assert quiet_until(None, at("2026-05-05T03:00")) is None
