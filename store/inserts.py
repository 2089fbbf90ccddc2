"""Buffered rows into the tables, in one statement a table where they are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from store import counting, events, logs, snapshots
from store.batch import Buffer
from store.records import EventRecord
from store.shapes import (
    APPROVAL,
    ARTIFACT,
    NOTICE,
    PROCESS,
    RUN,
    SNAPSHOT,
    STEP,
)
from store.statements import Statements

if TYPE_CHECKING:
    from store.database import Database


class Inserts:
    """Writes buffers on the writer's connection, and numbers this device's events."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statements = Statements(database.connections)
        self._device_seq: int | None = None

    def forget(self) -> None:
        """Someone else may have added events of this device: ask again."""
        self._device_seq = None

    def write(self, rows: Buffer) -> None:
        """Write a buffer: one statement a table, or a few when there is much of it."""
        put = self._statements.run
        put(RUN.upsert, [RUN.row(r) for r in rows.runs.values()])
        put(STEP.upsert, [STEP.row(r) for r in rows.steps.values()])
        put(APPROVAL.upsert, [APPROVAL.row(r) for r in rows.approvals.values()])
        put(ARTIFACT.upsert, [ARTIFACT.row(r) for r in rows.artifacts.values()])
        put(events.insert, self._event_rows(rows.events))
        put(PROCESS.upsert, [PROCESS.row(r) for r in rows.processes.values()])
        put(logs.insert, logs.rows(self._database, rows.logs))
        put(NOTICE.insert, [NOTICE.row(r) for r in rows.notices])
        put(SNAPSHOT.upsert, [SNAPSHOT.row(r) for r in rows.snapshots])
        for record in rows.snapshots:
            snapshots.forget_old(self._database, record.run)

    def _event_rows(
        self, records: list[tuple[EventRecord, str]]
    ) -> list[Sequence[Any]]:
        """Rows with this device's numbers, dense from 1."""
        if not records:
            return []
        if self._device_seq is None:
            self._device_seq = counting.highest(self._database)
        found = []
        for record, blob in records:
            device, number = record.device, record.device_seq
            if not number:
                device, number = self._database.device, self._device_seq + 1
            if device == self._database.device:
                self._device_seq = max(self._device_seq, number)
            found.append(events.row(record, device, number, blob))
        return found
