"""Group commit: whatever waits to be written shares one transaction and one fsync.

A process has one writer, a thread of its own. It takes all the work that waits, opens
one `BEGIN IMMEDIATE`, lets each piece of work decide and buffer its rows, writes them
in a few statements and commits. Only then does each caller hear back; until then
nothing has happened.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct

from store import schema
from store.batch import Batch, Buffer, Turn
from store.changes import Bell
from store.errors import LIBRARY_ERRORS, DatabaseBusy, StoreError, store_error
from store.inserts import Inserts

if TYPE_CHECKING:
    from store.database import Database

__all__ = ["Batch", "Writer"]

T = TypeVar("T")

# Enough that many share one fsync, few enough that the first is not kept waiting.
MOST_TOGETHER = 256


class Job(Struct, Generic[T], eq=False):
    """A piece of work that waits, and what came of it.

    `told` hears, on the writer's thread, when that is on disk or has failed; `wanted`
    is asked before it begins.
    """

    work: Callable[..., T]
    alone: bool
    told: Callable[[Job[T]], None]
    wanted: Callable[[], bool] = lambda: True
    result: T | None = None
    error: Exception | None = None

    def tell(self) -> None:
        self.told(self)

    def tell_failure(self, error: Exception) -> None:
        # One exception each: a traceback grows wherever one is raised.
        mine = type(error)(*error.args) if isinstance(error, StoreError) else error
        mine.__cause__ = error.__cause__
        self.error = mine
        self.told(self)


class Writer:
    """The only thread of a process that writes to a workspace's database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.connections = database.connections
        self.remember: dict[Any, Any] = {}
        self._inserts = Inserts(database)
        self._bell = Bell(database.folder)
        self._seen_version: int | None = None
        self._others = 0  # transactions that found commits of other processes
        self._waiting: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._told: list[Callable[[], None]] = []
        self._thread = threading.Thread(
            target=self._serve, name="weir-writer", daemon=True
        )
        self._thread.start()

    def submit(self, work: Callable[[Batch], T]) -> Future[T]:
        """Queue work that shares a transaction with whatever else waits.

        The future is done after the commit. Work that raises writes nothing and harms
        nobody else; when the commit fails, everyone in it gets the StoreError.
        """
        return self._promised(work, alone=False)

    def call(self, work: Callable[[Batch], T], told: Callable[[Job[T]], None]) -> None:
        """As `submit`, for one who asks often: no lock and no condition for each."""
        self._queue(Job(work, False, told))

    def submit_alone(self, work: Callable[[], T]) -> Future[T]:
        """Queue work that runs statements itself, in a transaction of its own."""
        return self._promised(work, alone=True)

    def after_each(self, told: Callable[[], None]) -> None:
        """Call `told`, on the writer's thread, after all callers of a commit."""
        self._told.append(told)

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()
        self._bell.close()

    def on_this_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def _promised(self, work: Callable[..., T], *, alone: bool) -> Future[T]:
        future: Future[T] = Future()

        def told(job: Job[T]) -> None:
            if job.error is not None:
                future.set_exception(job.error)
            else:
                future.set_result(job.result)  # type: ignore[arg-type]

        self._queue(Job(work, alone, told, future.set_running_or_notify_cancel))
        return future

    def _queue(self, job: Job[Any]) -> None:
        with self._lock:
            if self._closed:
                raise StoreError("the store is closed: nothing can be written any more")
            self._waiting.put(job)

    def _serve(self) -> None:
        while (first := self._waiting.get()) is not None:
            jobs, last = self._all_waiting(first)
            wanted = [job for job in jobs if job.wanted()]
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
                self._require_transaction()
            changed = self._changes() != before
        except Exception as error:
            self._forget()
            mapped = self._explained(error)
            changed = False
            for job in jobs:
                job.tell_failure(mapped)
        else:
            for job in jobs:
                job.tell()
        self._tell_listeners()
        if changed:
            self._bell.ring()

    def _tell_listeners(self) -> None:
        for told in tuple(self._told):
            try:
                told()
            except Exception:
                # Its event loop ended under it: the writer must outlive its listeners.
                self._told.remove(told)

    def _run_together(self, jobs: list[Job[Any]]) -> None:
        self._look_for_others()
        turn = Turn(self.database.folder, self.remember, self._others, self._write)
        for job in jobs:
            try:
                job.result = turn.run(job.work)
            except Exception as error:
                job.error = error
            if turn.broken is not None:
                raise turn.broken
        turn.flush()

    def _write(self, rows: Buffer) -> None:
        self._require_transaction()
        self._inserts.write(rows)

    def _run_alone(self, jobs: list[Job[Any]]) -> None:
        (job,) = jobs
        self._refuse_migrated()
        # It may change how far this device has counted.
        self._inserts.forget()
        job.result = job.work()

    def _changes(self) -> int:
        return int(self.connections.connection().total_changes())

    def _look_for_others(self) -> None:
        """Done inside the transaction, where nobody else can commit any more."""
        version = int(self.connections.data_version)
        if version != self._seen_version:
            self._refuse_migrated()
            self._inserts.forget()
            self._others += 1
        self._seen_version = version

    def _refuse_migrated(self) -> None:
        """A newer Weir may have migrated the file while we had it open."""
        schema.refuse_newer(int(self.connections.user_version))

    def _require_transaction(self) -> None:
        # SQLite ends a transaction itself on some errors, even of a read. Peewee's
        # commit is then silent, and what is written next is committed on the spot.
        if self.connections.connection().getautocommit():
            raise StoreError("the transaction was lost: nothing was written")

    def _forget(self) -> None:
        self.remember.clear()
        self._seen_version = None
        self._inserts.forget()

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


def is_from_store(error: Exception) -> bool:
    return isinstance(error, (*LIBRARY_ERRORS, StoreError))
