"""The step before the first: filling the run's context from its sources."""

from __future__ import annotations

from engine.context.build import build
from engine.context.found import Nowhere, Surroundings, Unavailable
from engine.context.kept import Kept
from engine.machine.state import ValuesAwaited
from engine.steps.work import Done, Waits, Work, failed


async def perform(work: Work, now: float) -> Done | Waits:
    """The context, or a wait for the value of which there is nothing to be found."""
    kept = Kept(work.workspace.folder, now)
    around = Surroundings(work.workspace, kept, work.variables, work.log, work.started)
    given = work.state.context  # by a person, to whom something was missing before
    try:
        return Done(await build(work.workflow, work.scope, around, now, given))
    except Nowhere as error:
        return Waits(None, ValuesAwaited((error.name,), str(error), error.path))
    except Unavailable as error:
        raise failed(error.kind, str(error), retryable=error.retryable) from error
