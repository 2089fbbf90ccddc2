"""The times that a cron expression names, in a time zone.

The five fields are those of Debian's cron, read by `cronsim`: a job at a fixed time of
day runs once on a day on which the clock is put back, and right after the gap on a day
on which its time is left out; one for every hour or minute goes by real time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

FIELDS = 5
MEANT = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def why_no_cron(text: str) -> str:
    """Why a text names no times, and what would; empty for one that does."""
    words = text.split()
    if text.strip() in MEANT:
        return f"is short for five fields; write {MEANT[text.strip()]}"
    if len(words) != FIELDS:
        said = f"has {len(words)} field{'s' * (len(words) != 1)}"
        return f"{said} and must have five; minute hour day month weekday: 0 8 * * 1-5"
    try:
        next(iter(CronSim(text, datetime(2024, 1, 1, tzinfo=UTC))))
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        return f"says no {field}; minute hour day month weekday: 0 8 * * 1-5"
    except StopIteration:
        return "names no time at all; minute hour day month weekday: 0 8 * * 1-5"
    return ""


def is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def times(
    cron: str, zone: tzinfo, after: float, *, reverse: bool = False
) -> Iterator[float]:
    """The times after one, each in seconds since 1970, for ever or until there is none.

    `reverse`: those before it, the newest first.

    Raises ValueError for an expression that `why_no_cron` has something against.
    """
    try:
        moments = CronSim(cron, datetime.fromtimestamp(after, zone), reverse)
    except CronSimError as error:
        raise ValueError(f"{cron!r} names no times: {error}") from error
    for moment in moments:
        yield moment.timestamp()
