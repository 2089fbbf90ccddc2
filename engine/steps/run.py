"""A step that is the run of another workflow: what that is given."""

from __future__ import annotations

from engine.definition.fields import accept
from engine.definition.kinds import SubRun
from engine.definition.render import render_value
from engine.steps.work import Begins, Work


def perform(work: Work, do: SubRun) -> Begins:
    """Raises InvalidValues when its inputs do not fit the other workflow."""
    given = render_value(work.step.with_, work.scope)
    return Begins(accept(work.workflow.children[do.workflow], given))
