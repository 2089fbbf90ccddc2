"""Filling the run's context from its sources: before the first step, or before a later.

Before the first step it is also seen to that what is put off can be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.context.ahead import look_ahead
from engine.context.build import build, over
from engine.context.found import Nowhere, Surroundings, Unavailable
from engine.context.kept import Kept
from engine.machine.putting import is_context, is_put_off
from engine.machine.state import ValuesAwaited
from engine.steps.work import Done, Waits, Work, failed

Json = Any


async def perform(work: Work, now: float) -> Done | Waits:
    """The values, or a wait for the one of which there is nothing to be found."""
    given = work.state.context  # by a person, to whom something was missing before
    try:
        return Done(await found(work, surroundings(work, now), now, given))
    except Nowhere as error:
        return Waits(None, ValuesAwaited((error.name,), str(error), error.path))
    except Unavailable as error:
        raise failed(error.kind, str(error), retryable=error.retryable) from error


def surroundings(work: Work, now: float) -> Surroundings:
    """A fork that begins with its context takes nothing that was kept for a while."""
    fork = work.state.fork
    fresh = fork is not None and is_context(fork.step)
    kept = Kept(work.workspace.folder, now, fresh=fresh)
    return Surroundings(work.workspace, kept, work.variables, work.log, work.started)


async def found(
    work: Work, around: Surroundings, now: float, given: Mapping[str, Json]
) -> dict[str, Json]:
    """What the step finds, but for what is given. Raises Unavailable, and Nowhere."""
    names = work.state.steps[work.path].looks_up
    left = await build(work.workflow, work.scope, around, now, given, names)
    if names is not None and not is_put_off(work.path):
        later = [name for name in work.workflow.context if name not in names]
        await look_ahead(work.workflow, later, over(work.scope, left), around, given)
    return left
