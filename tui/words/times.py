"""Times as a person says them: how long ago, how soon, and since when."""

from __future__ import annotations

import time
from datetime import datetime

from engine.spans import NEARLY

UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def now() -> float:
    return time.time()


def span(seconds: float) -> str:
    """`4 minutes`, in the largest unit that counts at least one."""
    for name, size in UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}" + ("s" if count > 1 else "")
    return "a moment"


def ago(at: float) -> str:
    return f"{span(max(now() - at, 0))} ago"


def until(at: float) -> str:
    """`in 2 days`, or how long it is over."""
    left = at - now()
    return f"in {span(left * NEARLY)}" if left >= 0 else f"over for {span(-left)}"


def clock(at: float) -> str:
    """The local time of day of a log line."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def moment(at: float) -> str:
    """A local date and time."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def lasted(start: float | None, end: float | None) -> str:
    """How long something took, `0.4 s` or `2 minutes`; empty while that isn't known."""
    if start is None or end is None:
        return ""
    seconds = max(end - start, 0)
    return f"{seconds:.1f} s" if seconds < 60 else span(seconds)
