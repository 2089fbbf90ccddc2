"""Times as a person says them and types them."""

from __future__ import annotations

from datetime import datetime

import click
import pytest

from tui.cli import since
from tui.words import times

NOW = datetime(2026, 11, 21, 10, 0, 0).astimezone().timestamp()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    for told in (since, times):
        monkeypatch.setattr(told, "now", lambda: NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "a moment"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (240, "4 minutes"),
        (3600, "1 hour"),
        (200_000, "2 days"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert times.span(seconds) == words


def test_a_time_is_told_from_now() -> None:
    assert times.ago(NOW - 240) == "4 minutes ago"
    assert times.ago(NOW + 5) == "a moment ago"
    assert times.until(NOW + 7200) == "in 2 hours"
    assert times.moment(NOW) == "2026-11-21 10:00:00"  # local, as every clock here
    assert times.until(NOW - 60) == "over for 1 minute"


@pytest.mark.parametrize(
    ("text", "before"),
    [("90s", 90), ("2h", 7200), ("3d", 259_200), ("1w", 604_800)],
)
def test_a_length_of_time_means_so_long_ago(text: str, before: float) -> None:
    assert since.moment_of(text) == NOW - before


def test_a_date_and_a_time_are_local_unless_they_say_otherwise() -> None:
    assert since.moment_of("2026-11-21T10:00:00") == NOW
    assert (
        since.moment_of("2026-11-20T23:00:00Z")
        == datetime.fromisoformat("2026-11-20T23:00:00+00:00").timestamp()
    )
    assert since.moment_of("2026-11-21") == NOW - 36_000


@pytest.mark.parametrize("text", ["soon", "", "2 h", "h", "-3d", "2026-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time"):
        since.Since().convert(text, None, None)
