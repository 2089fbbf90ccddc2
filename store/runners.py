"""Runners: which processes perform attempts, and which have fallen silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records import RunnerRecord
from store.shapes import RUNNER
from store.tables import Runner

if TYPE_CHECKING:
    from store.database import Database

# A runner that has not been heard of for so long (seconds) is taken for dead.
SILENCE = 20.0


def beat(database: Database, runner: RunnerRecord) -> None:
    """Say that a runner is alive, with its `beat_at`; the first beat makes its row."""
    query = RUNNER.upsert([RUNNER.row(runner)])
    database.write(lambda: database.run(query))


def beat_of(database: Database, runner: str) -> float | None:
    """When a runner has last said that it is alive; None when it never has."""
    found = database.value(Runner.select(Runner.beat_at).where(Runner.id == runner))
    return None if found is None else float(found)


def end(database: Database, runner: str, now: float) -> None:
    """Say that a runner has gone home."""
    query = Runner.update(ended_at=now).where(
        (Runner.id == runner) & Runner.ended_at.is_null()
    )
    database.write(lambda: database.run(query))


def living(
    database: Database, now: float, limit: float = SILENCE
) -> list[RunnerRecord]:
    """Runners heard of in the last `limit` seconds that have not gone home."""
    query = RUNNER.select().where(
        Runner.ended_at.is_null() & (Runner.beat_at >= now - limit)
    )
    return RUNNER.read(database, query.order_by(Runner.started_at))


def gone(database: Database, now: float, limit: float = SILENCE) -> list[RunnerRecord]:
    """Runners that fell silent without going home."""
    query = RUNNER.select().where(
        Runner.ended_at.is_null() & (Runner.beat_at < now - limit)
    )
    return RUNNER.read(database, query.order_by(Runner.started_at))


def every(database: Database) -> list[RunnerRecord]:
    """All runners there have been, the newest first."""
    return RUNNER.read(database, RUNNER.select().order_by(Runner.started_at.desc()))
