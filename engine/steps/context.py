"""The step before the first: filling the run's context from its sources."""

from __future__ import annotations

from engine.context.build import build
from engine.context.found import Surroundings, Unavailable
from engine.steps.scope import environment, of_run
from engine.steps.work import Done, Work, failed


async def perform(work: Work, now: float) -> Done:
    scope = {**work.scope, "env": environment(work)}
    around = Surroundings(work.workspace, of_run(work), work.log, work.started)
    try:
        return Done(await build(work.workflow, scope, around, now))
    except Unavailable as error:
        raise failed(error.kind, str(error), retryable=error.retryable) from error
