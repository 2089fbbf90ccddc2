"""A time that somebody types: how long ago, or when."""

from __future__ import annotations

import click

from engine import moments
from tui.words.times import now


class Since(click.ParamType[float]):
    """`2h`, `3d`, `today`, or a local date or time as ISO 8601 writes it."""

    name = "time"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        try:
            return moment_of(value.strip())
        except ValueError:
            return self.fail(f"{value!r} is no time; write 2h, 3d or 2026-11-21")


def moment_of(text: str) -> float:
    """As `engine.moments` reads it, from now on. Raises ValueError."""
    return moments.moment_of(text, now())
