"""What runs have left behind, by the thousand: the columns that figures are made from.

Runs are found by their ids, which sort by time, or by an index on their workflow or
project; all else is read by its run, of some hundred runs at a time. A thousand runs of
ten steps take 0.08 s, however many more there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import fields
from peewee import SQL, chunked

from store import events, packed
from store.hiding import hidden
from store.records import EventRecord
from store.shapes import EVENT_READ, STEP
from store.sieves import SPENDING, SPENT, says
from store.tables import Approval, Event, Packed, Run, Step

if TYPE_CHECKING:
    from store.database import Database

AT_ONCE = 500  # runs
SPENDS = SQL('"spends" = 1')  # in the words of its index


class Wanted(Struct, frozen=True):
    """Which runs: of a workflow and its variants, in a project, begun since then.

    No run that is wanted has an id before `first`.
    """

    workflow: str | None = None
    project: str | None = None
    since: float | None = None
    first: str = ""


class RunRow(Struct, frozen=True):
    id: str
    workflow: str
    variant_of: str
    status: str
    started_at: float
    ended_at: float | None


class StepRow(Struct, frozen=True):
    """One visit of a step."""

    run: str
    path: str
    step: str
    kind: str
    status: str
    attempt: int
    started_at: float | None
    ended_at: float | None


class AskedRow(Struct, frozen=True):
    run: str
    status: str
    requested_at: float
    ended_at: float | None
    decisions: bytes


class Left(Struct):
    """One run, its steps in the order of their visits, and what models have used."""

    run: RunRow
    steps: list[StepRow] = []
    asked: list[AskedRow] = []
    spent: list[EventRecord] = []


RUN_ROW, STEP_ROW, ASKED_ROW = (
    [field.name for field in fields(row)] for row in (RunRow, StepRow, AskedRow)
)
STEP_READ = (*STEP_ROW, "position")
# Of a pack, where a step has no run.
STEP_IN_PACK = itemgetter(*(STEP.names[1:].index(name) for name in STEP_READ[1:]))
PLACES = [""] * AT_ONCE


def runs_of(database: Database, wanted: Wanted) -> list[RunRow]:
    """The runs, the newest first."""
    columns = [getattr(Run, name) for name in RUN_ROW]
    query = Run.select(*columns).where(_chosen(wanted)).order_by(Run.id.desc())
    return [RunRow(*row) for row in database.rows(query)]


def left_by(database: Database, some: Sequence[RunRow]) -> list[Left]:
    """What these runs have left, in the order they are given; `AT_ONCE` at the most."""
    left = {run.id: Left(run) for run in some}
    these = [*left, *[""] * (AT_ONCE - len(left))]
    for row in database.rows_of(_asked, *these):
        left[row[0]].asked.append(AskedRow(*row))
    steps = {row[:2]: row for row in database.rows_of(_steps, *these)}
    spent = database.rows_of(_spending, *these, *SPENDING, SPENT, 0, "")
    for pack, spends in packed.opened(database, [*left]):
        for row in map(STEP_IN_PACK, pack.steps()):
            steps.setdefault((pack.run, row[0]), (pack.run, *row))
        spent += filter(packed.spending, pack.events() if spends else ())
    for *step, _ in sorted(steps.values(), key=itemgetter(0, -1)):
        left[step[0]].steps.append(StepRow(*step))
    # An event that is packed meanwhile is read twice.
    for event in events.records(database, {row[0]: row for row in spent}.values()):
        left[event.run].spent.append(event)
    return [*left.values()]


def _asked() -> Any:
    """In the order of asking."""
    columns = [getattr(Approval, name) for name in ASKED_ROW]
    asked = Approval.select(*columns).where(Approval.run.in_(PLACES))
    return asked.order_by(Approval.requested_at)


def _steps() -> Any:
    columns = [getattr(Step, name) for name in STEP_READ]
    return Step.select(*columns).where(Step.run.in_(PLACES))


def _spending() -> Any:
    said = Event.type.in_(SPENDING) & says(SPENT)
    return Event.select(*EVENT_READ).where(Event.run.in_(PLACES) & said)


def spent_by(database: Database, runs: Iterable[str]) -> Iterator[EventRecord]:
    """The events of these runs that may say what a model has used."""
    for some in chunked(runs, AT_ONCE):
        yield from _spent(database, Event.run.in_(some), Packed.run.in_(some))


def spent_since(database: Database, at: float) -> Iterator[EventRecord]:
    """The events since a time, of any run, that may say what a model has used."""
    since = (Event.position >= _first_since(database, at)) & (Event.at >= at)
    for record in _spent(database, since, Packed.at >= at):
        if record.at >= at:
            yield record


def _spent(database: Database, loose: Any, whole: Any) -> Iterator[EventRecord]:
    query = Event.select(*EVENT_READ)
    rows = database.rows(query.where(loose & Event.type.in_(SPENDING) & says(SPENT)))
    yield from events.records(database, rows)
    seen = {row[0] for row in rows}
    for row in packed.every_event(database, whole & SPENDS):
        if packed.spending(row) and row[0] not in seen:
            yield from events.records(database, [row])


def _first_since(database: Database, at: float) -> int:
    """A position before which no event is as young as that, but for jumps of a clock.

    Positions go up with time, and have an index, which times have not.
    """
    low, high = 0, events.last_position(database)
    while low < high:
        middle = (low + high) // 2
        after = Event.select(Event.at).where(Event.position > middle)
        found = database.value(after.order_by(Event.position).limit(1))
        if found is not None and found < at:
            low = middle + 1
        else:
            high = middle
    return low


def _chosen(wanted: Wanted) -> Any:
    chosen = ~hidden(Run.id) & (Run.id >= wanted.first)
    if wanted.workflow is not None:
        own = Run.workflow == wanted.workflow
        chosen &= own | (Run.variant_of == wanted.workflow)
    if wanted.project is not None:
        chosen &= Run.project == wanted.project
    if wanted.since is not None:
        chosen &= Run.started_at >= wanted.since
    return chosen
