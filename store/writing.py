"""Group commit: whatever waits to be written shares one transaction and one fsync.

A process has one writer, a thread of its own. It takes all the work that waits, opens
one `BEGIN IMMEDIATE`, lets each piece of work decide and buffer its rows, writes them
in a few statements and commits. Only then does each caller hear back; until then
nothing has happened.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct

from store import blobs, events, schema
from store.changes import notify
from store.errors import LIBRARY_ERRORS, DatabaseBusy, StoreError, store_error
from store.records import (
    ApprovalRecord,
    ArtifactRecord,
    EventRecord,
    LogRecord,
    RunRecord,
    StepRecord,
)
from store.shapes import APPROVAL, ARTIFACT, LOG, RUN, STEP
from store.statements import Statements

if TYPE_CHECKING:
    from store.database import Database

T = TypeVar("T")

# Enough that many share one fsync, few enough that the first is not kept waiting.
MOST_TOGETHER = 256


class Buffer:
    """Rows that wait to be written. Of rows with one key the last one counts."""

    __slots__ = ("approvals", "artifacts", "events", "logs", "runs", "steps")

    def __init__(self) -> None:
        self.events: list[tuple[EventRecord, str]] = []
        self.runs: dict[str, RunRecord] = {}
        self.steps: dict[tuple[str, str], StepRecord] = {}
        self.approvals: dict[str, ApprovalRecord] = {}
        self.artifacts: dict[tuple[str, str, str], ArtifactRecord] = {}
        self.logs: list[LogRecord] = []

    def take(self, other: Buffer) -> None:
        """Put another's rows after ours."""
        self.events += other.events
        self.runs |= other.runs
        self.steps |= other.steps
        self.approvals |= other.approvals
        self.artifacts |= other.artifacts
        self.logs += other.logs

    def empty(self) -> bool:
        return not (
            self.events
            or self.runs
            or self.steps
            or self.approvals
            or self.artifacts
            or self.logs
        )


class Batch(Buffer):
    """What one piece of work sees inside the transaction, and what it leaves there.

    To know a run's state here: take it from `remember`; when it is not there, call
    `settle` and read its history; when it is there but `fresh` is false, read the
    events after its seq, which are those that other processes have added.
    """

    __slots__ = ("_turn",)

    def __init__(self, turn: Turn) -> None:
        super().__init__()
        self._turn = turn

    @property
    def remember(self) -> dict[Any, Any]:
        """Yours to fill; lives as long as the writer, emptied when a commit fails."""
        return self._turn.remember

    def fresh(self) -> bool:
        """Whether nobody else has committed since this writer's last transaction."""
        return self._turn.fresh

    def settle(self) -> None:
        """Write what earlier work of this transaction left, so that a read sees it."""
        self._turn.flush()

    def append(self, records: Sequence[EventRecord]) -> None:
        """Add events, in order. Large data goes into a file, now."""
        for record in records:
            blob = ""
            if len(record.data) > events.LARGE:
                blob = blobs.put(self._turn.database.folder, record.data)
            self.events.append((record, blob))

    def put_run(self, record: RunRecord) -> None:
        self.runs[record.id] = record

    def put_step(self, record: StepRecord) -> None:
        self.steps[record.run, record.path] = record

    def put_approval(self, record: ApprovalRecord) -> None:
        self.approvals[record.id] = record

    def add_artifact(self, record: ArtifactRecord) -> None:
        self.artifacts[record.run, record.path, record.name] = record

    def add_logs(self, records: Iterable[LogRecord]) -> None:
        self.logs.extend(records)


class Turn:
    """One transaction's worth of rows, and what the writer knows at its beginning."""

    def __init__(self, writer: Writer, fresh: bool) -> None:
        self.database = writer.database
        self.remember = writer.remember
        self.fresh = fresh
        self.broken: Exception | None = None
        self._writer = writer
        self._buffer = Buffer()

    def run(self, job: Job[Any]) -> None:
        """Let one piece of work decide; if it raises, its rows go with it."""
        batch = Batch(self)
        try:
            job.result = job.work(batch)
        except Exception as error:
            job.error = error
        else:
            self._buffer.take(batch)
        if self.broken is not None:
            raise self.broken

    def flush(self) -> None:
        """Write what is buffered. A failure here is the end of the whole turn."""
        if self._buffer.empty():
            return
        rows, self._buffer = self._buffer, Buffer()
        try:
            self._writer.require_transaction()
            self._writer.write_rows(rows)
        except Exception as error:
            self.broken = error
            raise


class Job(Struct, Generic[T], eq=False):
    """A piece of work that waits, and what came of it."""

    work: Callable[..., T]
    alone: bool
    future: Future[T]
    result: T | None = None
    error: Exception | None = None

    def tell(self) -> None:
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)  # type: ignore[arg-type]

    def tell_failure(self, error: Exception) -> None:
        # One exception each: a traceback grows wherever one is raised.
        mine = type(error)(*error.args) if isinstance(error, StoreError) else error
        mine.__cause__ = error.__cause__
        self.future.set_exception(mine)


class Writer:
    """The only thread of a process that writes to a workspace's database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.connections = database.connections
        self.remember: dict[Any, Any] = {}
        self._statements = Statements(self.connections)
        self._seen_version: int | None = None
        self._device_seq: int | None = None
        self._waiting: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self._serve, name="weir-writer", daemon=True
        )
        self._thread.start()

    def submit(self, work: Callable[[Batch], T]) -> Future[T]:
        """Queue work that shares a transaction with whatever else waits.

        The future is done after the commit. Work that raises writes nothing and harms
        nobody else; when the commit fails, everyone in it gets the StoreError.
        """
        return self._queue(Job(work, False, Future()))

    def submit_alone(self, work: Callable[[], T]) -> Future[T]:
        """Queue work that runs statements itself, in a transaction of its own."""
        return self._queue(Job(work, True, Future()))

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def on_this_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def _queue(self, job: Job[T]) -> Future[T]:
        with self._lock:
            if self._closed:
                raise StoreError("the store is closed: nothing can be written any more")
            self._waiting.put(job)
        return job.future

    def _serve(self) -> None:
        while (first := self._waiting.get()) is not None:
            jobs, last = self._all_waiting(first)
            wanted = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            for alone, group in groupby(wanted, key=lambda job: job.alone):
                if alone:
                    for job in group:
                        self._commit([job], self._run_alone)
                else:
                    self._commit(list(group), self._run_together)
            if last:
                return

    def _all_waiting(self, first: Job[Any]) -> tuple[list[Job[Any]], bool]:
        """What waits now, at most MOST_TOGETHER, and whether the end came with it."""
        jobs = [first]
        while len(jobs) < MOST_TOGETHER:
            try:
                job = self._waiting.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _commit(
        self, jobs: list[Job[Any]], run: Callable[[list[Job[Any]]], None]
    ) -> None:
        """Run jobs in one transaction, then tell each caller, then everyone else."""
        try:
            before = self._changes()
            with self.connections.atomic("IMMEDIATE"):
                run(jobs)
                self.require_transaction()
            changed = self._changes() != before
        except Exception as error:
            self._forget()
            mapped = self._explained(error)
            for job in jobs:
                job.tell_failure(mapped)
            return
        for job in jobs:
            job.tell()
        if changed:
            notify(self.database.folder)

    def _run_together(self, jobs: list[Job[Any]]) -> None:
        turn = Turn(self, self._is_fresh())
        for job in jobs:
            turn.run(job)
        turn.flush()

    def _run_alone(self, jobs: list[Job[Any]]) -> None:
        (job,) = jobs
        self._refuse_migrated()
        job.result = job.work()

    def _changes(self) -> int:
        return int(self.connections.connection().total_changes())

    def _is_fresh(self) -> bool:
        """Looked at inside the transaction, where nobody else can commit any more."""
        version = int(self.connections.data_version)
        fresh = version == self._seen_version
        if not fresh:
            self._refuse_migrated()
            self._device_seq = None
        self._seen_version = version
        return fresh

    def _refuse_migrated(self) -> None:
        """A newer Weir may have migrated the file while we had it open."""
        schema.refuse_newer(int(self.connections.user_version))

    def require_transaction(self) -> None:
        # SQLite ends a transaction itself on some errors, even of a read. Peewee's
        # commit is then silent, and what is written next is committed on the spot.
        if self.connections.connection().getautocommit():
            raise StoreError("the transaction was lost: nothing was written")

    def _forget(self) -> None:
        self.remember.clear()
        self._seen_version = None
        self._device_seq = None

    def _explained(self, error: Exception) -> Exception:
        if not is_from_store(error):
            return error
        mapped = store_error(error)
        if isinstance(mapped, DatabaseBusy):
            seconds = self.connections.timeout
            mapped = DatabaseBusy(
                f"the database was locked by another process for {seconds:g} s: "
                "try again when it has finished"
            )
        mapped.__cause__ = error
        return mapped

    def write_rows(self, rows: Buffer) -> None:
        """Write a buffer: one statement a table, or a few when there is much of it."""
        put = self._statements.run
        put(RUN.upsert, [RUN.row(r) for r in rows.runs.values()])
        put(STEP.upsert, [STEP.row(r) for r in rows.steps.values()])
        put(APPROVAL.upsert, [APPROVAL.row(r) for r in rows.approvals.values()])
        put(ARTIFACT.upsert, [ARTIFACT.row(r) for r in rows.artifacts.values()])
        put(events.insert, self._event_rows(rows.events))
        put(LOG.insert, [LOG.row(r) for r in rows.logs])

    def _event_rows(
        self, records: list[tuple[EventRecord, str]]
    ) -> list[Sequence[Any]]:
        """Rows with this device's numbers, dense from 1."""
        if not records:
            return []
        if self._device_seq is None:
            self._device_seq = events.last_device_seq(self.database)
        found = []
        for record, blob in records:
            device, number = record.device, record.device_seq
            if not number:
                self._device_seq += 1
                device, number = self.database.device, self._device_seq
            found.append(events.row(record, device, number, blob))
        return found


def is_from_store(error: Exception) -> bool:
    return isinstance(error, (*LIBRARY_ERRORS, StoreError))
