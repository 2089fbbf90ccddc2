"""A step that waits: for some seconds, or until a date or time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.definition.model import Wait
from engine.definition.render import evaluate
from engine.steps.work import Waits, Work, failed

Json = Any


def perform(work: Work, do: Wait, now: float) -> Waits:
    """A time that has passed waits no longer than now."""
    if do.until is None:
        return Waits(now + max(0.0, do.seconds or 0.0))
    return Waits(max(now, moment(evaluate(do.until, work.scope), do.until)))


def moment(value: Json, expression: str) -> float:
    """Seconds since 1970 of a date or ISO time; UTC where it names no zone."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise failed(
            "template", f"until: {expression} is {value!r}; a date or ISO time is due"
        ) from error
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
