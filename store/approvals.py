"""Approvals: what waits for a person, and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from peewee import Case, fn

from store.prefixes import starts_with
from store.records import ApprovalRecord
from store.shapes import APPROVAL
from store.tables import Approval, Step

if TYPE_CHECKING:
    from store.database import Database

RISKS = ("high", "normal", "low")  # the order in which what waits is told
_RISK = Case(Approval.risk, [(risk, at) for at, risk in enumerate(RISKS)], len(RISKS))


def get(database: Database, approval: str) -> ApprovalRecord | None:
    return APPROVAL.first(database, APPROVAL.select().where(Approval.id == approval))


def find(database: Database, prefix: str) -> list[str]:
    """The ids that begin so, at most five."""
    query = Approval.select(Approval.id).where(starts_with(Approval.id, prefix))
    return [row[0] for row in database.rows(query.order_by(Approval.id).limit(5))]


def runs_of(database: Database, prefix: str) -> list[str]:
    """The runs whose gates have an id that begins so, each once."""
    query = Approval.select(Approval.run).where(starts_with(Approval.id, prefix))
    return sorted({str(run) for (run,) in database.rows(query.distinct().limit(5))})


def pending(database: Database, limit: int | None = 200) -> list[ApprovalRecord]:
    """What waits for a person, by risk, then age: what is riskiest and oldest first."""
    query = (
        APPROVAL.select()
        .where(Approval.status == "pending")
        .order_by(_RISK, Approval.requested_at, Approval.id)
        .limit(limit)
    )
    return APPROVAL.read(database, query)


def of_run(database: Database, run: str) -> list[ApprovalRecord]:
    """Every request of a run, in the order in which they were made."""
    query = APPROVAL.select().where(Approval.run == run)
    return APPROVAL.read(database, query.order_by(Approval.requested_at, Approval.id))


def of_runs(database: Database, runs: Sequence[str]) -> list[ApprovalRecord]:
    """The open requests of these runs, in the order in which they were made."""
    query = APPROVAL.select().where(Approval.run.in_(list(runs)))
    query = query.where(Approval.status == "pending")
    return APPROVAL.read(database, query.order_by(Approval.requested_at, Approval.id))


def approved_in(
    database: Database, runs: Sequence[str]
) -> list[tuple[str, str, float]]:
    """What was approved in these runs, in order: the run, the step's path, and when."""
    query = Approval.select(Approval.run, Approval.path, Approval.ended_at)
    query = query.where(Approval.run.in_(list(runs)) & (Approval.status == "approved"))
    return list(database.rows(query.order_by(Approval.ended_at, Approval.id)))


def count_pending(database: Database) -> int:
    query = Approval.select(fn.COUNT(Approval.id)).where(Approval.status == "pending")
    return int(database.value(query))


def approved_for(
    database: Database, kind: str, since: float = 0.0, *, run: str = ""
) -> list[ApprovalRecord]:
    """What was approved of steps of a kind since a time, in order; of a run or all."""
    theirs = (Step.run == Approval.run) & (Step.path == Approval.path)
    query = (
        APPROVAL.select()
        .join(Step, on=theirs)
        .where((Approval.status == "approved") & (Approval.ended_at >= since))
        .where(Step.kind == kind)
        .order_by(Approval.ended_at, Approval.id)
    )
    if run:
        query = query.where(Approval.run == run)
    return APPROVAL.read(database, query)
