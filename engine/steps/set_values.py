"""The two kinds that only speak: `set` leaves values, `fail` ends the run."""

from __future__ import annotations

from typing import NoReturn

from engine.context.lookup import Path, texts
from engine.definition.kinds import Fail, SetValues
from engine.definition.render import is_template, names, render, render_value
from engine.steps.output import declared
from engine.steps.work import Done, Work, failed


def perform(work: Work, do: SetValues) -> Done:
    values = render_value(do.values, work.scope)
    return Done(
        declared(work.step.output, values, "what is set")
        if work.step.output
        else values
    )


def is_quick(do: SetValues) -> bool:
    """Whether its texts hold no statement, such as a loop, which may take any time."""
    return not any("{%" in text for text in texts(do.values))


def names_any(do: SetValues) -> bool:
    """Whether a text of it is a template, which may come to another thing each time."""
    return any(is_template(text) for text in texts(do.values))


def read_by(do: SetValues) -> frozenset[Path]:
    """The names it is sure to read."""
    return frozenset(
        path for text in texts(do.values) for path in names(text, certain=True)
    )


def perform_fail(work: Work, do: Fail) -> NoReturn:
    raise failed("fail", render(do.message, work.scope))
