"""Answers to the very same question that are kept: taken, offered or left alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from hashlib import sha256
from typing import assert_never

from engine.definition.kinds import Llm
from engine.llm.provider import Provider
from engine.llm.replay import Replay
from engine.machine.offering import AGAIN, TAKE, wants_its_own
from engine.machine.state import (
    Cassette,
    Earlier,
    Offer,
    Request,
    Shown,
    StepStatus,
)
from engine.steps.approval import digest_of, text_of
from engine.steps.work import Answered, Asks, Done, Work


async def kept_answer(
    work: Work, do: Llm, asked: str, asked_of: Provider
) -> Done | Asks | None:
    """The answer to the same question that `reuse` lets a step take; None to ask.

    Where there is a cassette, it is one of this run: the cassette holds a run whole.
    """
    replays = isinstance(asked_of, Replay)
    if isinstance(asked_of, Replay) and await asked_of.holds():
        return None
    match do.reuse:
        case "never":
            return None
        case "same-run":
            found = answered_here(work, asked)
        case "always" | "ask":
            here = answered_here(work, asked)
            found = here
            if here is None and not replays and recorded_in(work) is None:
                found = await asyncio.to_thread(work.answered, asked)
        case _:
            assert_never(do.reuse)
    if found is None:
        return None
    when = datetime.fromtimestamp(found.at, UTC)
    earlier = Earlier(found.run, found.path, do.reuse)
    if do.reuse == "ask":
        if wants_its_own(work.state, work.path):
            return None
        return offered(work, found, Offer(found.output, asked, earlier), when)
    work.log(
        "info",
        f"not asked again: {found.path} of {found.run} was answered the same question"
        f" at {when:%Y-%m-%d %H:%M} UTC (reuse: {do.reuse})\n",
    )
    return Done(found.output, asked=asked, earlier=earlier)


def offered(work: Work, found: Answered, offer: Offer, when: datetime) -> Asks:
    """Ask a person whether the kept answer will do."""
    text, form = text_of(found.output)
    digest = sha256(text.encode()).hexdigest()
    request = Request(
        title=f"Take what {found.path} of {found.run} was answered?",
        text=f"The very same question was answered at {when:%Y-%m-%d %H:%M} UTC.",
        shown=(Shown("answer", text, digest, form),),
        choices=(TAKE, AGAIN),
        then={TAKE: "it is taken, at no cost", AGAIN: "the model is asked"},
        risk="low",
    )
    return Asks(request, digest_of(work.run, work.path, request), offer)


def answered_here(work: Work, asked: str) -> Answered | None:
    """The newest step of the run itself that has been answered this."""
    for step in reversed(work.state.steps.values()):
        own = step.asked == asked and not step.reused
        if own and step.status is StepStatus.SUCCEEDED:
            at = step.ended_at or step.ready_at
            return Answered(work.state.id, step.path, at, step.output)
    return None


def recorded_in(work: Work) -> Cassette | None:
    """The cassette the run is recorded in; None for one that plays, or has none."""
    cassette = work.state.cassette
    return cassette if cassette is not None and cassette.run else None
