"""The step before the first: filling the run's context from its sources."""

from __future__ import annotations

from engine.context.build import build
from engine.context.found import Surroundings, Unavailable
from engine.steps.work import Done, Work, failed


async def perform(work: Work, now: float) -> Done:
    around = Surroundings(work.workspace, work.variables, work.log, work.started)
    try:
        return Done(await build(work.workflow, work.scope, around, now))
    except Unavailable as error:
        raise failed(error.kind, str(error), retryable=error.retryable) from error
