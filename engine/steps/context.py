"""Filling the run's context from its sources: before the first step, or before a later.

Before the first step it is also seen to that what is put off can be found, and that
nothing is missing of what the run is sure to need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from engine.context.ahead import look_ahead
from engine.context.build import Left, look_up, told
from engine.context.found import Gap, Surroundings, Unavailable
from engine.context.kept import Kept
from engine.context.lookup import join
from engine.machine.held_up import held_up_by
from engine.machine.needing import all_behind
from engine.machine.putting import is_context, is_put_off
from engine.machine.state import Failure, ValuesAwaited
from engine.steps.foreseeing import gaps_in, names_for, unfit_gaps
from engine.steps.work import Done, StepFailed, Waits, Work

Json = Any


async def perform(work: Work, now: float) -> Done | Waits:
    """The values, or a wait for those of which there is nothing to be found."""
    given = work.state.context  # by a person, to whom something was missing before
    try:
        return await found(work, surroundings(work, now), now, given)
    except Unavailable as error:
        raise StepFailed(
            Failure(
                error.kind,
                str(error),
                retryable=error.retryable,
                retry_after=error.retry_after,
                sign=error.sign,
            )
        ) from error


def surroundings(work: Work, now: float) -> Surroundings:
    """A fork that begins with its context takes nothing that was kept for a while."""
    fork = work.state.fork
    fresh = fork is not None and is_context(fork.step)
    kept = Kept(work.workspace.folder, now, work.redact, fresh=fresh)
    return Surroundings(
        work.workspace,
        kept,
        work.variables,
        work.log,
        work.started,
        work.why_no_secret,
    )


async def found(
    work: Work, around: Surroundings, now: float, given: Mapping[str, Json]
) -> Done | Waits:
    """What the step finds, but for what is given. Raises Unavailable."""
    names, parts = work.state.steps[work.path].looks_up, work.state.given
    workflow = work.workflow
    judge = partial(unfit_gaps, workflow, held(work), work.state.inputs, work.redact)
    left = await look_up(
        workflow, work.scope, around, now, given, names, parts, judge=judge
    )
    gaps = [*left.gaps]
    if not is_put_off(work.path):
        needed = (tuple(n.split(".")) for n in names_for(workflow, work.foreseen))
        tried = all_behind(workflow, needed)
        later = [n for n in workflow.context if names is not None and n not in names]
        await look_ahead(workflow, later, left, around, given, parts=parts, tried=tried)
        gaps = [*left.gaps, *lacked_later(work, left)]
    return Waits(None, awaited(gaps)) if gaps else Done(told(left))


def lacked_later(work: Work, left: Left) -> list[Gap]:
    """What steps lack behind one that is paid for.

    Where somebody is asked for anything, it is also what those before it lack.
    """
    asked = gaps_in(work.workflow, work.foreseen, left, work.state.inputs)
    if not (asked or left.gaps):
        return []
    return gaps_in(work.workflow, work.sure, left, work.state.inputs)


def held(work: Work) -> Mapping[str, tuple[str, ...]]:
    """The steps that what is found has to fit: those the run is sure to come to, or
    those that wait for this lookup."""
    if not is_put_off(work.path):
        return work.sure
    waiting = held_up_by(work.state, work.state.steps[work.path])
    return {work.state.steps[path].step: () for path in waiting}


def awaited(gaps: Sequence[Gap]) -> ValuesAwaited:
    """A wait for all of it, of a person or of another text of the files."""
    files = {path: digest for gap in gaps for path, digest in gap.files.items()}
    names: dict[str, list[str]] = {}  # by why there is nothing: said once
    for gap in gaps:
        names.setdefault(gap.why, []).append(gap.name)
    why = "; ".join(f"{join(of)}: {said}" for said, of in names.items() if said)
    unfit = {gap.name: gap.unfit for gap in gaps if gap.unfit}
    return ValuesAwaited(tuple(gap.name for gap in gaps), why, files=files, unfit=unfit)
