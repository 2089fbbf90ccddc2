"""Which of the times that have come count, and what becomes of one that overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from engine.definition.begins import Catchup, Overlap

Turn = Literal["begin", "wait", "skip"]

ON_TIME = 60.0  # seconds after which a time is one that nobody was awake for
MOST = 100  # times that are made up for


class Chosen(Struct, frozen=True):
    """A time, in seconds since 1970, and why no run begins for it, if none does."""

    at: float
    missed: str = ""


def chosen(times: Sequence[float], now: float, catchup: Catchup) -> list[Chosen]:
    """What becomes of times that have come, the oldest first.

    `one` keeps the newest, whether it is late or not: a run that makes up for a night
    and one on time would do the same work twice.
    """
    late = [at for at in times if now - at > ON_TIME]
    match catchup:
        case "none":
            kept = set(times) - set(late)
        case "one":
            kept = set(times[-1:])
        case "all":
            kept = set(times[-MOST:])
    return [Chosen(at, "" if at in kept else _missed(at, catchup)) for at in times]


def _missed(at: float, catchup: Catchup) -> str:
    match catchup:
        case "none":
            return "no runner was awake then, and catchup is none"
        case "one":
            return "no runner was awake then; a later time is made up for it"
        case "all":
            return f"no runner was awake then; {MOST} later times are made up for"


def overlapping(overlap: Overlap, under_way: Sequence[str]) -> Turn:
    """What becomes of an occasion, given its schedule's runs that have not ended."""
    if not under_way or overlap == "allow":
        return "begin"
    return "wait" if overlap == "queue" else "skip"
