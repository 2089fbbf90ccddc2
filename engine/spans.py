"""Lengths of time as a list has room for them: 12s, 4m, 1h, 2d."""

from __future__ import annotations

from datetime import datetime

UNITS = (("d", 86400), ("h", 3600), ("m", 60))
NEARLY = 1.02  # a deadline of two days is still two days away a minute later


def age(seconds: float) -> str:
    """A length of time that has passed, in its largest whole unit."""
    whole = max(0, int(seconds))
    for unit, size in UNITS:
        if whole >= size:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def moment(at: float) -> str:
    """A local time that stays true however long it is looked at."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def left(seconds: float) -> str:
    """A length of time still to come; what is nearly a unit more counts as it."""
    return age(seconds * NEARLY)
