"""Steps of runs: one row a visit, and the ones that someone should look at now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peewee import SQL, fn

from store import packed
from store.hiding import hidden
from store.records import StepRecord
from store.shapes import STEP
from store.tables import Run, Step

if TYPE_CHECKING:
    from collections.abc import Collection

    from store.database import Database

# A run in one of these lets its steps begin.
GOING = ("created", "running", "waiting", "rolling_back")


def of_run(database: Database, run: str) -> list[StepRecord]:
    """Every visit, in the order in which they became ready."""
    found = STEP.read(database, STEP.select().where(Step.run == run))
    by_path = {step.path: step for step in (*packed.steps(database, run), *found)}
    return sorted(by_path.values(), key=lambda step: (step.position, step.path))


def ready(database: Database, limit: int) -> list[StepRecord]:
    """Steps that may begin now, the one that has waited longest first."""
    return STEP.records(database.rows_of(_ready, "ready", *GOING, limit))


def _ready() -> Any:
    return (
        STEP.select()
        .join(Run, on=(Run.id == Step.run))
        .where((Step.status == "ready") & Run.status.in_(GOING))
        .order_by(Step.ready_at, Step.run, Step.position)
        .limit(1)
    )


def due(database: Database, now: float, limit: int = 100) -> list[StepRecord]:
    """Steps whose time has come: a retry, a wait, a deadline; the longest due first."""
    query = STEP.select().where(Step.wake_at <= now).order_by(Step.wake_at)
    return STEP.read(database, query.limit(limit))


def awaiting(database: Database) -> list[StepRecord]:
    """Steps that wait for more than a time."""
    return STEP.records(database.rows_of(_awaiting))


def _awaiting() -> Any:
    return STEP.select().where(SQL("\"awaits\" != ''"))  # in the words of its index


def asked(database: Database, digest: str) -> StepRecord | None:
    """The newest step that has the answer to a question; hidden runs have none."""
    query = (
        STEP.select()
        .where(SQL("\"asked\" != ''") & (Step.asked == digest))
        .where((Step.status == "succeeded") & ~hidden(Step.run))
        .order_by(Step.ended_at.desc())
    )
    return STEP.first(database, query)


def next_due(database: Database) -> float | None:
    """When the next timer is due, or None when no step waits for a time."""
    ((found,),) = database.rows_of(_next_due)
    return None if found is None else float(found)


def _next_due() -> Any:
    return Step.select(fn.MIN(Step.wake_at)).where(Step.wake_at.is_null(False))


def running(database: Database) -> list[StepRecord]:
    """Steps that a runner has taken, alive or not; none takes one that holds steps."""
    return STEP.records(database.rows_of(_running, "running", ""))


def _running() -> Any:
    query = STEP.select().where((Step.status == "running") & (Step.runner != ""))
    return query.order_by(Step.ready_at, Step.run)


def is_at_work(database: Database, runs: Collection[str]) -> bool:
    """Whether a step of these runs goes on by itself, now or when its time comes."""
    busy = Step.status.in_(("ready", "running", "retrying"))
    query = Step.select(Step.run).where(Step.run.in_(list(runs)) & busy).limit(1)
    return bool(runs and database.rows(query))


def interrupted(database: Database) -> list[StepRecord]:
    """Steps that may or may not have happened: a person must say."""
    return in_status(database, "interrupted")


def in_status(database: Database, status: str) -> list[StepRecord]:
    query = STEP.select().where(Step.status == status)
    return STEP.read(database, query.order_by(Step.ready_at, Step.run))
