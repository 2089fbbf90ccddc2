"""What of the world a step reaches with what stands in it."""

from __future__ import annotations

from engine.definition.kinds import Http, Python, Shell, Sql, SubRun
from engine.definition.model import Do, Step

OUTSIDE = {
    Shell: "a command",
    Python: "a program",
    Http: "a request",
    SubRun: "another run",
}


def outside(do: Do | None) -> str | None:
    """What is reached with what is read there; None when nothing is."""
    if do is None:
        return None
    if isinstance(do, Sql) and do.write:
        return "a database"
    return OUTSIDE.get(type(do))


def reached_by(step: Step) -> str | None:
    """The same of a step in whole: of its work, or of what undoes that."""
    return outside(step.do) or outside(step.undo)
