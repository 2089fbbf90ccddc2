"""The rows that follow from a run's history, to compare them or to put them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from store import packed, steps
from store.records import ApprovalRecord, ArtifactRecord, RunRecord, StepRecord
from store.shapes import APPROVAL, ARTIFACT, RUN
from store.tables import Approval, Artifact, Run, Step

if TYPE_CHECKING:
    from store.database import Database


class Rows(Struct, frozen=True):
    """The rows of a run, by their keys."""

    run: RunRecord | None
    steps: dict[str, StepRecord]
    approvals: dict[str, ApprovalRecord]
    artifacts: dict[tuple[str, str], ArtifactRecord]


def rows_of(database: Database, run: str) -> Rows:
    gates = APPROVAL.read(database, APPROVAL.select().where(Approval.run == run))
    left = ARTIFACT.read(database, ARTIFACT.select().where(Artifact.run == run))
    return Rows(
        RUN.first(database, RUN.select().where(Run.id == run)),
        {row.path: row for row in steps.of_run(database, run)},
        {row.id: row for row in gates},
        {(row.path, row.name): row for row in left},
    )


def forget(database: Database, run: str) -> None:
    """Remove them all; inside the transaction that puts them anew."""
    for query in (
        Step.delete().where(Step.run == run),
        Approval.delete().where(Approval.run == run),
        Artifact.delete().where(Artifact.run == run),
        Run.delete().where(Run.id == run),
    ):
        database.run(query)
    packed.forget_steps(database, run)
