"""The times of a schedule, in the time zone that it means."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal import reload_localzone

from engine.definition.begins import Schedule
from engine.definition.cron import times

# More than any clock is put back by: what is looked for backwards is found again
# forwards from there, by the same rules as when it was told beforehand.
MARGIN = 2 * 86400.0


def zone_here() -> str:
    """The name of this machine's time zone, read anew; UTC when it says none."""
    try:
        name = getattr(reload_localzone(), "key", "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        name = ""
    return name or "UTC"


def zone(name: str) -> tzinfo:
    """The zone of a name; UTC for one that this machine does not know any more."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def next_time(schedule: Schedule, where: str, after: float) -> float | None:
    """The first time after one, in seconds since 1970; None when there is none."""
    return next(times(schedule.cron, zone(where), after), None)


def times_between(
    schedule: Schedule, where: str, since: float, now: float, most: int
) -> list[float]:
    """The times from `since` until now, the newest `most` of them, oldest first."""
    start = max(since, _far_enough_back(schedule, where, now, most))
    found: list[float] = []
    for at in times(schedule.cron, zone(where), start - 1):
        if at > now:
            break
        if at >= since:
            found.append(at)
    return found[-most:]


def _far_enough_back(schedule: Schedule, where: str, now: float, most: int) -> float:
    back = times(schedule.cron, zone(where), now, reverse=True)
    oldest = now
    for _ in range(most):
        oldest = next(back, oldest)
    return oldest - MARGIN


def iso(at: float, where: str) -> str:
    return datetime.fromtimestamp(at, zone(where)).isoformat()
