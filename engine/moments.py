"""Moments as a person says them: `2h` ago, `yesterday`, a date; and days."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

SHORT = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def span_of(text: str) -> float | None:
    """Seconds of `2h`; None for what is no span."""
    found = re.fullmatch(r"(\d+)([smhdw])", text)
    return float(int(found[1]) * SHORT[found[2]]) if found else None


def moment_of(text: str, now: float) -> float:
    """`2h`, `3d`, `today`, or a local date or time as ISO 8601 writes it.

    Raises ValueError.
    """
    if (span := span_of(text)) is not None:
        return now - span
    if text in ("today", "yesterday"):
        return day_of(text, now).astimezone().timestamp()
    return datetime.fromisoformat(text).astimezone().timestamp()


def day_of(text: str, now: float) -> datetime:
    """The beginning of a day: `today`, `yesterday` or a date. Raises ValueError."""
    if text not in ("today", "yesterday"):
        return midnight(datetime.fromisoformat(text))
    today = midnight(datetime.fromtimestamp(now).astimezone())
    return today - timedelta(days=text == "yesterday")


def days_of(text: str, now: float) -> tuple[float, float]:
    """From when until when a day lasts, or days: `2026-11-01..2026-11-05`."""
    first, _, last = text.partition("..")
    begin, end = day_of(first, now), day_of(last or first, now) + timedelta(days=1)
    return begin.astimezone().timestamp(), end.astimezone().timestamp()


def midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
