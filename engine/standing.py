"""Where the runs in flight stand towards the files as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from engine.changing import against_it
from engine.closure import closure
from engine.errors import Unreadable, WeirError
from engine.handle import Engine
from engine.machine.adopting import Break
from engine.machine.state import RunState
from store import runs
from store.records import RunRecord

IN_FLIGHT = ("running", "waiting", "paused")

Word = Literal["unaffected", "can adopt", "would break", "unreadable"]


class Standing(Struct, frozen=True):
    """A run and the version in force: whether it may go on by it, and if not, why.

    `error`: why a history can't be read, and so nothing be said of its run.
    """

    run: str
    workflow: str
    word: Word
    version: str = ""
    breaks: tuple[Break, ...] = ()
    error: str = ""

    def __str__(self) -> str:
        if self.error:
            return self.error
        if self.word == "would break":
            first = self.breaks[0]
            return f"{self.run} would break at {first.path}: {first.why}"
        return f"{self.run} {'is ' if self.word == 'unaffected' else ''}{self.word}"


def every_standing(engine: Engine) -> Iterator[Standing]:
    """Each run that has not ended, also in another one, the newest first."""
    before: str | None = None
    while page := runs.page(
        engine.database, before=before, status=IN_FLIGHT, inner=True
    ):
        for row in page:
            yield standing_of(engine, row)
        before = page[-1].id


def standing_of(engine: Engine, run: RunRecord) -> Standing:
    try:
        state = engine.load(run.id)
    except Unreadable as error:
        return Standing(run.id, run.workflow, "unreadable", error=str(error))
    return standing(engine, state)


def standing(engine: Engine, state: RunState) -> Standing:
    """A workflow that has no good version any more changes nothing for its runs."""
    try:
        found = closure(engine, state.workflow)
    except WeirError:
        return Standing(state.id, state.workflow, "unaffected")
    if found.is_of(state):
        return Standing(state.id, state.workflow, "unaffected", found.version)
    against = tuple(against_it(engine, state, found))
    word: Word = "would break" if against else "can adopt"
    return Standing(state.id, state.workflow, word, found.version, against)
