"""What is sent to a target now, and until when the rest of its notices is held."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from engine.notify_settings import Notify
from engine.notifying.hours import quiet_until
from store.records import NoticeRecord

HOUR = 3600.0
FIRST = 30.0  # seconds after which what failed is tried again; then twice that, …
LONGEST = 900.0
MOST_TRIES = 8


class Chosen(Struct, frozen=True):
    """`now` goes as one message; the rest is held `until` then, because of `why`."""

    now: Sequence[NoticeRecord] = ()
    until: float | None = None
    why: str = ""


def chosen(
    notify: Notify, waiting: Sequence[NoticeRecord], heard: Sequence[float], now: float
) -> Chosen:
    """What of one target's notices goes now. `heard`: its messages of the last hour."""
    again = max((each.due for each in waiting), default=0.0)
    # A clock that was put back has not to come to that time a second time.
    if now < again <= now + LONGEST:
        return Chosen(until=again, why="it failed, and is tried again")
    if len(heard) >= notify.per_hour:
        free = heard[-notify.per_hour] + HOUR
        return Chosen(until=free, why=f"{len(heard)} messages went within an hour")
    ends = quiet_until(notify.quiet, now)
    if ends is None or notify.quiet is None:
        return Chosen(now=waiting)
    loud = [each for each in waiting if each.risk in notify.quiet.unless]
    if len(loud) == len(waiting):
        return Chosen(now=loud)
    return Chosen(loud, ends, "it is quiet until then")


def again_after(tries: int) -> float | None:
    """Seconds until what has failed so often is tried again; None: no more."""
    if tries >= MOST_TRIES:
        return None
    return min(FIRST * 2.0 ** (tries - 1), LONGEST)
