"""What runs have left behind, by the thousand: the columns that figures are made from.

Each question reads the rows of the chosen runs once, and none of the others: runs are
found by their ids, which sort by time, or by an index on their workflow or project, and
all else by its run. A thousand runs of ten steps take 0.03 s, however many more there
are; a hundred thousand 3.5 s and 600 MB, and half as long again if each asks a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import fields
from peewee import SQL, chunked

from store import events, packed, packs
from store.hiding import hidden
from store.records import EventRecord
from store.shapes import EVENT_READ
from store.sieves import SPENDING, SPENT, says, spends
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
    step: str
    kind: str
    status: str
    attempt: int
    started_at: float | None
    ended_at: float | None


STEP_ROW = [field.name for field in fields(StepRow)]


class AskedRow(Struct, frozen=True):
    run: str
    status: str
    requested_at: float
    ended_at: float | None
    decisions: bytes


def runs_of(database: Database, wanted: Wanted) -> list[RunRow]:
    """The runs, the oldest first."""
    columns = (
        Run.id,
        Run.workflow,
        Run.variant_of,
        Run.status,
        Run.started_at,
        Run.ended_at,
    )
    query = Run.select(*columns).where(_chosen(wanted)).order_by(Run.id)
    return [RunRow(*row) for row in database.rows(query)]


def steps_of(database: Database, wanted: Wanted) -> Iterator[StepRow]:
    """Every visit of a step of these runs, run by run, in the order of the visits."""
    chosen = database.rows(Run.select(Run.id).where(_chosen(wanted)).order_by(Run.id))
    for some in chunked((run for (run,) in chosen), AT_ONCE):
        yield from _steps_of(database, some)


def _steps_of(database: Database, runs: list[str]) -> Iterator[StepRow]:
    columns = [getattr(Step, name) for name in STEP_ROW]
    query = Step.select(Step.path, Step.position, *columns).where(Step.run.in_(runs))
    found = {(row[2], row[0]): row[1:] for row in database.rows(query)}
    for run, data in packed.of_runs(database, runs):
        for step in packs.steps_in(run, data):
            values = (getattr(step, name) for name in STEP_ROW)
            found.setdefault((run, step.path), (step.position, *values))
    for _, row in sorted(found.items(), key=lambda each: (each[0][0], each[1][0])):
        yield StepRow(*row[1:])


def asked_of(database: Database, wanted: Wanted) -> list[AskedRow]:
    """What people were asked in these runs, in the order of asking."""
    columns = (
        Approval.run,
        Approval.status,
        Approval.requested_at,
        Approval.ended_at,
        Approval.decisions,
    )
    query = Approval.select(*columns).where(Approval.run.in_(_ids(wanted)))
    ordered = query.order_by(Approval.requested_at)
    return [AskedRow(*row) for row in database.rows(ordered)]


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
        said = spends(row[packed.TYPE], row[packed.DATA], row[packed.BLOB])
        if said and row[0] not in seen:
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


def _ids(wanted: Wanted) -> Any:
    return Run.select(Run.id).where(_chosen(wanted))


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
