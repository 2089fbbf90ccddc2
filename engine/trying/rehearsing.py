"""What past runs would do by the definitions as they stand now.

Each is played twice with what came back to it: by the text it went by, and by the one
in force. What differs then comes from the text alone. Nothing is asked or done again.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from engine.errors import WeirError
from engine.handle import Engine
from engine.machine.putting import is_context
from engine.trying.answering import Unanswered
from engine.trying.comparing import as_text, because, route_of, told
from engine.trying.model import Case, Library, Made
from engine.trying.playing import Played, play
from engine.trying.recorded import NotRehearsed, case_of, library_then
from store import runs
from store.records import RunRecord

ENDED = ("succeeded", "failed", "cancelled")


class Rehearsed(Struct, frozen=True):
    """A run, how it ended and would end, and what would be otherwise.

    `why` says why it could not be rehearsed; `would` is empty then.
    """

    run: str
    was: str
    would: str = ""
    otherwise: tuple[str, ...] = ()
    why: str = ""


def ended_runs(engine: Engine, workflow: str, last: int) -> list[RunRecord]:
    """The newest runs of a workflow that have ended, the newest first."""
    return runs.page(engine.database, workflow=workflow, status=ENDED, limit=last)


def rehearse(engine: Engine, run: str, library: Library) -> Rehearsed:
    """Play a run by the definitions of a library."""
    state = engine.load(run)
    was = state.status.value
    try:
        case = case_of(engine, state)
        then = library_then(engine, state)
        before = play(engine.workspace, then, state.workflow, case)
    except NotRehearsed as error:
        return Rehearsed(run, was, why=str(error))
    except WeirError as error:
        return Rehearsed(run, was, why=f"it can't be played as it went: {said(error)}")
    return compared(run, was, before, _now(engine, state.workflow, case, library))


def _now(
    engine: Engine, workflow: str, case: Case, library: Library
) -> Played | WeirError:
    try:
        return play(engine.workspace, library, workflow, case)
    except WeirError as error:
        return error


def compared(run: str, was: str, before: Played, now: Played | WeirError) -> Rehearsed:
    if isinstance(now, WeirError):
        return Rehearsed(run, was, "stuck", (said(now),))
    would = now.state.status.value
    return Rehearsed(run, was, would, tuple(otherwise(before, now)))


def said(error: WeirError) -> str:
    """In words of the run: there is no case that a person could mend."""
    return error.rehearsed if isinstance(error, Unanswered) else str(error)


def otherwise(before: Played, now: Played) -> Iterator[str]:
    """What differs, in the order in which a person would want to know."""
    yield from of_ends(before, now)
    yield from of_ways(before, now)
    for what, then, here in (
        ("the prompt of", before.prompts, now.prompts),
        ("what people are shown at", before.gates, now.gates),
        ("the document", before.artifacts, now.artifacts),
    ):
        yield from of_texts(what, then, here)
    yield from of_outputs(before, now)


def of_ends(before: Played, now: Played) -> Iterator[str]:
    then, here = before.state, now.state
    if then.status is not here.status:
        would = f"it would be {here.status.value} instead of {then.status.value}"
        yield would + because(here)
    elif then.reason != here.reason:
        yield f"the reason would be {told(here.reason)} instead of {told(then.reason)}"


def of_ways(before: Played, now: Played) -> Iterator[str]:
    """Where the ways part for the first time."""
    then, here = way_of(before), way_of(now)
    if then == here:
        return
    common = 0
    while common < min(len(then), len(here)) and then[common] == here[common]:
        common += 1
    after = f"after {then[common - 1]}" if common else "at the beginning"
    to = here[common] if common < len(here) else "its end"
    instead = then[common] if common < len(then) else "ending"
    yield f"{after} it would go to {to} instead of {instead}"


def way_of(played: Played) -> list[str]:
    return [path for path, _ in route_of(played) if not is_context(path)]


def of_texts(what: str, then: Sequence[Made], here: Sequence[Made]) -> Iterator[str]:
    was, would = by_place(then), by_place(here)
    for place, texts in would.items():
        pairs = zip(was.get(place, ()), texts, strict=False)
        changed = [lines_changed(a, b) for a, b in pairs if a != b]
        if changed:
            yield f"{what} {place} would be another: {changed[0]}"
        elif place not in was:
            yield f"{what} {place} is new"


def by_place(told: Iterable[Made]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in told:
        found.setdefault(each.place, []).append(each.text)
    return found


def lines_changed(then: str, here: str) -> str:
    """`-2 +1 lines; first: “…”`."""
    diff = [*difflib.ndiff(then.splitlines(), here.splitlines())]
    gone = [line[2:] for line in diff if line.startswith("- ")]
    come = [line[2:] for line in diff if line.startswith("+ ")]
    first = (come or gone)[0] if come or gone else ""
    return f"-{len(gone)} +{len(come)} lines; first: {told(first)}"


def of_outputs(before: Played, now: Played) -> Iterator[str]:
    """What steps would leave otherwise that is made here: `set`, above all."""
    for path, step in now.state.steps.items():
        known = before.state.steps.get(path)
        if known is None or step.artifact or is_context(path) or step.arms is not None:
            continue
        if known.output != step.output and not step.child:
            left = as_text(step.output)
            yield f"{path} would leave {left} instead of {as_text(known.output)}"
