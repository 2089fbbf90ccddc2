"""Quiet hours: times of day at which nothing is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.notify_settings import Quiet
from engine.schedules.clock import zone, zone_here


def quiet_until(quiet: Quiet | None, now: float) -> float | None:
    """When it stops being quiet, in seconds since 1970; None when it is not."""
    if quiet is None:
        return None
    local = datetime.fromtimestamp(now, zone(zone_of(quiet)))
    begins, ends = quiet.times
    early, late = local.time() < ends, local.time() >= begins
    over_midnight = begins > ends
    if not (early or late if over_midnight else early and late):
        return None
    day = local.date() + timedelta(days=over_midnight and late)
    return datetime.combine(day, ends, local.tzinfo).timestamp()


def is_held(quiet: Quiet | None, risk: str, now: float) -> bool:
    """Whether what has such a risk is not to be told now."""
    return (
        quiet is not None
        and risk not in quiet.unless
        and quiet_until(quiet, now) is not None
    )


def zone_of(quiet: Quiet | None) -> str:
    return (quiet.timezone if quiet else "") or zone_here()
