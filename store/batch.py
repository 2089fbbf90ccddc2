"""What one piece of work sees inside a transaction, and the rows it leaves there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from store import blobs, events
from store.records import (
    ApprovalRecord,
    ArtifactRecord,
    EventRecord,
    LogRecord,
    NoticeRecord,
    ProcessRecord,
    RunRecord,
    SnapshotRecord,
    StepRecord,
)

T = TypeVar("T")


class Buffer:
    """Rows that wait to be written. Of rows with one key the last one counts."""

    __slots__ = (
        "approvals",
        "artifacts",
        "events",
        "logs",
        "notices",
        "processes",
        "runs",
        "snapshots",
        "steps",
    )

    def __init__(self) -> None:
        self.events: list[tuple[EventRecord, str]] = []
        self.runs: dict[str, RunRecord] = {}
        self.steps: dict[tuple[str, str], StepRecord] = {}
        self.approvals: dict[str, ApprovalRecord] = {}
        self.artifacts: dict[tuple[str, str, str], ArtifactRecord] = {}
        self.logs: list[LogRecord] = []
        self.processes: dict[tuple[str, str, int, int], ProcessRecord] = {}
        self.snapshots: list[SnapshotRecord] = []
        self.notices: list[NoticeRecord] = []

    def take(self, other: Buffer) -> None:
        """Put another's rows after ours."""
        self.events += other.events
        self.runs |= other.runs
        self.steps |= other.steps
        self.approvals |= other.approvals
        self.artifacts |= other.artifacts
        self.logs += other.logs
        self.processes |= other.processes
        self.snapshots += other.snapshots
        self.notices += other.notices

    def empty(self) -> bool:
        return not (
            self.events
            or self.runs
            or self.steps
            or self.approvals
            or self.artifacts
            or self.logs
            or self.processes
            or self.snapshots
            or self.notices
        )


class Batch(Buffer):
    """What one piece of work sees inside the transaction, and what it leaves there.

    To know a run's state here: take it from `remember`; when it is not there, call
    `settle` and read its history; when it is there from another `others`, read the
    events after its seq, which are those that other processes have added.
    """

    __slots__ = ("_turn",)

    def __init__(self, turn: Turn) -> None:
        super().__init__()
        self._turn = turn

    @property
    def turn(self) -> object:
        """The transaction: the same one for all of its work."""
        return self._turn

    @property
    def remember(self) -> dict[Any, Any]:
        """Yours to fill; lives as long as the writer, emptied when a commit fails."""
        return self._turn.remember

    def others(self) -> int:
        """A number that moves when anyone but this writer has committed meanwhile."""
        return self._turn.others

    def settle(self) -> None:
        """Write what earlier work of this transaction left, so that a read sees it."""
        self._turn.flush()

    def append(self, records: Sequence[EventRecord]) -> None:
        """Add events, in order. Large data goes into a file, now."""
        for record in records:
            blob = ""
            if len(record.data) > events.LARGE:
                blob = blobs.put(self._turn.folder, record.data)
            self.events.append((record, blob))

    def put_run(self, record: RunRecord) -> None:
        self.runs[record.id] = record

    def put_step(self, record: StepRecord) -> None:
        self.steps[record.run, record.path] = record

    def put_approval(self, record: ApprovalRecord) -> None:
        self.approvals[record.id] = record

    def add_artifact(self, record: ArtifactRecord) -> None:
        self.artifacts[record.run, record.path, record.name] = record

    def add_snapshot(self, record: SnapshotRecord) -> None:
        self.snapshots.append(record)

    def add_notices(self, records: Iterable[NoticeRecord]) -> None:
        self.notices.extend(records)

    def put_process(self, record: ProcessRecord) -> None:
        self.processes[record.run, record.path, record.attempt, record.pid] = record

    def add_logs(self, records: Iterable[LogRecord]) -> None:
        self.logs.extend(records)


class Turn:
    """One transaction's worth of rows, and what the writer knows at its beginning.

    After a write that failed it is `broken`, and nothing of it may be committed.
    """

    def __init__(
        self,
        folder: Path,
        remember: dict[Any, Any],
        others: int,
        write: Callable[[Buffer], None],
    ) -> None:
        self.folder = folder
        self.remember = remember
        self.others = others
        self.broken: Exception | None = None
        self._write = write
        self._buffer = Buffer()

    def run(self, work: Callable[[Batch], T]) -> T:
        """Let one piece of work decide; if it raises, its rows go with it."""
        batch = Batch(self)
        result = work(batch)
        self._buffer.take(batch)
        return result

    def flush(self) -> None:
        """Write what is buffered."""
        if self._buffer.empty():
            return
        rows, self._buffer = self._buffer, Buffer()
        try:
            self._write(rows)
        except Exception as error:
            self.broken = error
            raise
