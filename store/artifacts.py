"""Artifacts: the documents that steps left, kept as files by their digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records import ArtifactRecord
from store.shapes import ARTIFACT
from store.tables import Artifact

if TYPE_CHECKING:
    from store.database import Database


def of_run(database: Database, run: str) -> list[ArtifactRecord]:
    """Every document of a run, the oldest first."""
    query = ARTIFACT.select().where(Artifact.run == run)
    return ARTIFACT.read(
        database, query.order_by(Artifact.created_at, Artifact.path, Artifact.name)
    )
