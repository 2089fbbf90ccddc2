"""Process groups of attempts: ended before another attempt begins."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from store.records import ProcessRecord
from store.shapes import PROCESS
from store.tables import Process

if TYPE_CHECKING:
    from store.database import Database


def add(database: Database, process: ProcessRecord) -> Future[None]:
    """Begin to keep a group; done when it is on disk.

    Nobody has to wait: a group that was not written down is found by the
    environment it was given.
    """
    return database.writer.submit(lambda batch: batch.put_process(process))


def of_attempt(
    database: Database, run: str, path: str, attempt: int
) -> list[ProcessRecord]:
    """The groups that an attempt started and that nobody has seen end."""
    query = PROCESS.select().where(of(run, path, attempt)).order_by(Process.pid)
    return PROCESS.read(database, query)


def every(database: Database) -> list[ProcessRecord]:
    """All groups that nobody has seen end."""
    return PROCESS.read(database, PROCESS.select().order_by(Process.run, Process.pid))


def forget_these(database: Database, groups: Sequence[ProcessRecord]) -> None:
    """Groups that have ended, in one transaction."""

    def work() -> None:
        for each in groups:
            mine = of(each.run, each.path, each.attempt) & (Process.pid == each.pid)
            database.run(Process.delete().where(mine))

    if groups:
        database.write(work)


def of(run: str, path: str, attempt: int) -> Any:
    return (Process.run == run) & (Process.path == path) & (Process.attempt == attempt)
