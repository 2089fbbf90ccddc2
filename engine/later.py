"""A time to come, in the words in which a person says it."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from engine.errors import InvalidValues
from engine.moments import span_of

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MORNING = time(9)
FURTHEST = 366 * 86400.0
KNOWN = "2h, 3d, tomorrow, monday, 14:30 or 2026-12-01T09:00"


def later(text: str, now: float) -> float:
    """Seconds since 1970. A day without a time is its morning, at nine, here.

    Raises InvalidValues for what is no time, is over, or is more than a year away.
    """
    words = text.strip().lower()
    try:
        at = _at(words, now)
    except (ValueError, OverflowError):
        raise InvalidValues([f"{text!r} is no time to come; write {KNOWN}"]) from None
    if at <= now:
        raise InvalidValues([f"{text} is over; write {KNOWN}"])
    if at > now + FURTHEST:
        raise InvalidValues([f"{text} is more than a year away; write {KNOWN}"])
    return at


def _at(words: str, now: float) -> float:
    if (span := span_of(words.replace(" ", ""))) is not None:
        return now + span
    here = datetime.fromtimestamp(now)  # noqa: DTZ006 - a person's own clock
    if words == "tomorrow":
        return _morning(here.date() + timedelta(days=1))
    if words in DAYS:
        ahead = (DAYS.index(words) - here.weekday() - 1) % 7 + 1
        return _morning(here.date() + timedelta(days=ahead))
    if re.fullmatch(r"\d{1,2}:\d{2}", words):
        at = datetime.combine(here.date(), time.fromisoformat(words.zfill(5)))
        return (at if at > here else at + timedelta(days=1)).timestamp()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words):
        return _morning(date.fromisoformat(words))
    return datetime.fromisoformat(words).timestamp()


def _morning(day: date) -> float:
    return datetime.combine(day, MORNING).timestamp()
