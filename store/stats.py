"""What runs have left behind, by the thousand: the columns that figures are made from.

Each question reads the rows of the chosen runs once, by an index on their workflow or
project where one is named. A hundred thousand runs of ten steps take some seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from peewee import fn

from store import events
from store.hiding import hidden
from store.records import EventRecord
from store.runs import filtered
from store.tables import Approval, Event, Run, Step

if TYPE_CHECKING:
    from store.database import Database

SPENT = b'"usage":{'  # how an event says what a model has used
PAGE = 2_000


class Wanted(Struct, frozen=True):
    """Which runs: of a workflow and its variants, in a project, begun since then."""

    workflow: str | None = None
    project: str | None = None
    since: float | None = None


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
    query = _of(Run.select(*columns), wanted).order_by(Run.id)
    return [RunRow(*row) for row in database.rows(query)]


def steps_of(database: Database, wanted: Wanted) -> list[StepRow]:
    """Every visit of a step of these runs."""
    columns = (
        Step.run,
        Step.step,
        Step.kind,
        Step.status,
        Step.attempt,
        Step.started_at,
        Step.ended_at,
    )
    query = Step.select(*columns).join(Run, on=(Run.id == Step.run))
    ordered = _of(query, wanted).order_by(Step.run, Step.position)
    return [StepRow(*row) for row in database.rows(ordered)]


def asked_of(database: Database, wanted: Wanted) -> list[AskedRow]:
    """What people were asked in these runs, in the order of asking."""
    columns = (
        Approval.run,
        Approval.status,
        Approval.requested_at,
        Approval.ended_at,
        Approval.decisions,
    )
    query = Approval.select(*columns).join(Run, on=(Run.id == Approval.run))
    ordered = _of(query, wanted).order_by(Approval.requested_at)
    return [AskedRow(*row) for row in database.rows(ordered)]


def spent_by(database: Database, wanted: Wanted) -> Iterator[EventRecord]:
    """The events of these runs that may say what a model has used."""
    said = (fn.INSTR(Event.data, SPENT) > 0) | (Event.blob != "")
    after = 0
    while True:
        query = Event.select(*events.READ).join(Run, on=(Run.id == Event.run))
        query = _of(query, wanted).where((Event.position > after) & said)
        page = database.rows(query.order_by(Event.position).limit(PAGE))
        found = events.records(database, page)
        yield from found
        if len(found) < PAGE:
            return
        after = found[-1].position


def _of(query: Any, wanted: Wanted) -> Any:
    chosen = filtered(
        query,
        None,
        wanted.workflow,
        wanted.project,
        wanted.since,
        None,
        variants=wanted.workflow is not None,
    )
    return chosen.where(~hidden(Run.id))
