"""How a record lies in its table: the same names in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from msgspec.structs import astuple, fields
from peewee import EXCLUDED, Model, ModelSelect

from store import tables as t
from store.records import (
    ActRecord,
    ApprovalRecord,
    ArtifactRecord,
    DefinitionRecord,
    LogRecord,
    NoticeRecord,
    OccasionRecord,
    ProblemRecord,
    ProcessRecord,
    ProjectRecord,
    Record,
    RunnerRecord,
    RunRecord,
    ScheduleRecord,
    SnapshotRecord,
    StepRecord,
    VersionRecord,
)

if TYPE_CHECKING:
    from store.database import Database

R = TypeVar("R", bound=Record)
Row = Sequence[Any]  # what a database gives and takes

EVENT_WRITTEN = (
    "run",
    "seq",
    "type",
    "data",
    "at",
    "cause",
    "device",
    "device_seq",
    "blob",
)
EVENT_READ = [t.Event.position, *(getattr(t.Event, name) for name in EVENT_WRITTEN)]

words = msgspec.json.Decoder(tuple[str, ...])


def words_to_text(value: tuple[str, ...]) -> str:
    return msgspec.json.encode(value).decode()


class Shape(Generic[R]):
    """A table and its record. `given` are columns the database fills in itself."""

    def __init__(
        self,
        table: type[Model],
        record: type[R],
        *,
        given: tuple[str, ...] = (),
        flags: tuple[str, ...] = (),
        lists: tuple[str, ...] = (),
    ) -> None:
        self.table = table
        self.record = record
        self.names = [field.name for field in fields(record)]
        self.columns = [getattr(table, name) for name in self.names]
        self.written = [name for name in self.names if name not in given]
        self._kept = [i for i, name in enumerate(self.names) if name not in given]
        self._lists = [self.names.index(name) for name in lists]
        self._readers: dict[str, Callable[[Any], Any]] = dict.fromkeys(flags, bool)
        self._readers |= dict.fromkeys(lists, words.decode)

    def row(self, record: R) -> Row:
        """The values to write, in the order of `written`."""
        values: Row = astuple(record)
        if self._lists:
            values = list(values)
            for index in self._lists:
                values[index] = words_to_text(values[index])
        if len(self._kept) != len(self.names):
            return [values[index] for index in self._kept]
        return values

    def record_of(self, row: Row) -> R:
        values = dict(zip(self.names, row, strict=True))
        for name, reader in self._readers.items():
            values[name] = reader(values[name])
        return self.record(**values)

    def select(self) -> ModelSelect[Model]:
        return self.table.select(*self.columns)

    def read(self, database: Database, query: ModelSelect[Model]) -> list[R]:
        """All rows of a query made from `select`, and no cursor left open."""
        return self.records(database.rows(query))

    def records(self, rows: Iterable[Row]) -> list[R]:
        return [self.record_of(row) for row in rows]

    def first(self, database: Database, query: ModelSelect[Model]) -> R | None:
        found = self.read(database, query.limit(1))
        return found[0] if found else None

    def upsert(self, rows: Sequence[Row]) -> Any:
        """Insert rows; where the key is there already, put the new values."""
        names = [field.name for field in self.table._meta.get_primary_keys()]
        return self.table.insert_many(rows, fields=self.written).on_conflict(
            conflict_target=[getattr(self.table, name) for name in names],
            update={
                name: getattr(EXCLUDED, name)
                for name in self.written
                if name not in names
            },
        )

    def insert(self, rows: Sequence[Row]) -> Any:
        return self.table.insert_many(rows, fields=self.written)


RUN = Shape(t.Run, RunRecord)
STEP = Shape(t.Step, StepRecord)
APPROVAL = Shape(t.Approval, ApprovalRecord, lists=("approvers",))
ARTIFACT = Shape(t.Artifact, ArtifactRecord)
LOG = Shape(t.Log, LogRecord, given=("id",), flags=("open",))
DEFINITION = Shape(t.Definition, DefinitionRecord, flags=("missing",))
VERSION = Shape(t.Version, VersionRecord, lists=("uses",))
PROBLEM = Shape(t.Problem, ProblemRecord)
RUNNER = Shape(t.Runner, RunnerRecord)
PROCESS = Shape(t.Process, ProcessRecord)
PROJECT = Shape(t.Project, ProjectRecord, flags=("archived",))
ACT = Shape(t.Act, ActRecord, given=("position",))
SNAPSHOT = Shape(t.Snapshot, SnapshotRecord)
SCHEDULE = Shape(t.Schedule, ScheduleRecord, flags=("paused", "gone"))
OCCASION = Shape(t.Occasion, OccasionRecord)
NOTICE = Shape(t.Notice, NoticeRecord)
