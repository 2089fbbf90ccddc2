"""A step that waits: for seconds, until a time, for a file or a decision elsewhere.

Nothing waits here: what is to come is written down, and watched for beside the steps.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from engine.definition.kinds import Wait
from engine.definition.patterns import is_pattern
from engine.definition.render import evaluate, render
from engine.files import FileRefused, parts_of
from engine.machine.state import Awaited, DecisionAwaited, FileAwaited
from engine.steps.work import Waits, Work, failed

Json = Any


def perform(work: Work, do: Wait, now: float) -> Waits:
    """A time that has passed waits no longer than now."""
    if do.file is not None or do.decision is not None:
        assert work.step.timeout is not None  # the check has seen to it
        return Waits(now + work.step.timeout, awaited(work, do))
    if do.until is None:
        return Waits(now + max(0.0, do.seconds or 0.0))
    return Waits(max(now, moment(evaluate(do.until, work.scope), do.until)))


def awaited(work: Work, do: Wait) -> Awaited:
    """What is to come, rendered once: a later change of a value is not looked at."""
    if do.decision is not None:
        run = render(do.decision.run, work.scope).strip()
        if run == work.run:
            raise failed(
                "missing",
                f"{run} is this run itself; what follows its own gate is a `route`",
            )
        return DecisionAwaited(run, render(do.decision.step, work.scope).strip())
    path = render(do.file or "", work.scope).strip()
    try:
        parts_of(path)
    except FileRefused as error:
        raise failed("missing", str(error)) from error
    return FileAwaited(path, is_pattern(do.file or ""))


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
