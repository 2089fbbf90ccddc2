"""Reading for the screens what has changed in the store: a little, in a thread."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.message import Message

from engine import finding
from engine.errors import WeirError
from engine.machine.state import ApprovalStatus
from engine.snoozing import snoozed
from engine.sought import sought
from engine.stuck import Stuck, stuck_steps
from store import approvals, definitions, drafts, events, logs, projects, runs, steps
from store.database import Database
from store.errors import StoreError
from store.records import ApprovalRecord, EventRecord, LogRecord, RunRecord
from tui.messages import (
    ApprovalsRead,
    BlocksRead,
    CountsRead,
    DefinitionsRead,
    DraftsRead,
    FailuresRead,
    Find,
    GateRead,
    LogRead,
    ProjectsRead,
    RunRead,
    RunsRead,
    SnoozesRead,
)

if TYPE_CHECKING:
    from engine.blocking import Blocks
    from engine.desk import Desk
    from engine.machine.missing import Lack

PAGE = 100  # runs in one read
EVENTS = 500  # events in one look at what is new
MOST_LOOKS = 20  # in a row: a failure among so many events is told of
PAGES = 10  # read to close a gap; with more news than that the list begins anew
LOG_PIECES = 1000
COUNTED_PROJECTS = 50
FAILS = frozenset({"RunFailed", "StepInterrupted", "StepWaiting"})  # events that may


class LogWanted(Struct, frozen=True):
    """The log that is shown, after a piece: what is new, or only how much of it."""

    path: str | None = None
    after: int = 0  # 0: the end of it
    follows: bool = True


class Wanted(Struct):
    """What is on the screen, and so is read again when it changes."""

    find: Find = Find()
    run: str = ""
    log: LogWanted = LogWanted()
    known: frozenset[str] = frozenset()  # runs in the list


class Reader:
    """Tells what is new since the last time, one message for each thing that is.

    Called from one thread at a time; every read is short and of bounded size.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.database = desk.database
        self.person = desk.who.name
        self._blocks: dict[str, Blocks] = {}
        self._lacks: dict[str, Lack] = {}  # by run
        self._pending: list[ApprovalRecord] = []
        self._stuck: list[Stuck] = []
        self._held: dict[str, RunRecord] = {}
        self._knows_drafts = False
        self._unblocked: set[str] | None = None  # runs to look at anew; None: all
        self._position = -1
        self._fresh: list[EventRecord] = []
        self._newest = ""
        self._last: dict[str, object] = {}

    def news(self, wanted: Wanted) -> Iterator[Message]:
        """Raises StoreError and WeirError; what it has not told then, it tells next."""
        try:
            yield from self._news(wanted)
        except (StoreError, WeirError):
            self._position = -1
            raise

    def _news(self, wanted: Wanted) -> Iterator[Message]:
        yield from self._drafts()
        yield from self._snoozes()
        changed = self._changed_runs()
        yield from self._failures()
        if changed is None or changed:
            yield from self._runs(wanted, changed)
            yield CountsRead(runs.counts(self.database))
            self._pending = approvals.pending(self.database)
            total = self._waiting(len(self._pending))
            self._unblocked = _both(self._unblocked, changed)
            self._stuck = stuck_steps(self.database)
            held = self._holders()
            yield ApprovalsRead(self._pending, total, changed, self._stuck, held)
        yield from self._projects(anew=changed is None or bool(changed))
        yield from self._definitions()
        if wanted.run:
            for message in read_run(self.database, wanted.run, wanted.log):
                found = (message.run, message.steps, message.gates)
                if self._is_new("run", found) or message.log.last:
                    yield message

    def blocks(self) -> Iterator[Message]:
        """What all that waits blocks as it was read last, where it may be otherwise.

        Each costs a look at its run's state: not what a first screen waits for.
        """
        anew = self._unblocked
        if anew is not None and not anew:
            return
        engine = self.desk.engine  # first of all: whoever else loads it is waited for
        from engine.blocking import Blocking  # the rules: not for the first paint

        blocking = Blocking(engine)
        waiting: list[ApprovalRecord | Stuck] = [*self._pending, *self._stuck]
        self._blocks = {
            row.id: self._blocks[row.id]
            if anew is not None and row.id in self._blocks and row.run not in anew
            else blocking.of(row.run, row.path)
            for row in waiting
        }
        self._lacks = {
            row.run: self._lacks[row.run]
            if anew is not None and row.run in self._lacks and row.run not in anew
            else blocking.lack(row.run)
            for row in self._stuck
            if row.lacking
        }
        self._unblocked = set()
        if self._is_new("blocks", (self._blocks, self._lacks)):
            yield BlocksRead(self._blocks, self._lacks)

    def _holders(self) -> dict[str, RunRecord]:
        """The runs of what waits. What is told of them stays: each is read once."""
        ids = {gate.run for gate in self._pending}
        ids |= {step.run for step in self._stuck}
        known = {run: self._held[run] for run in ids & {*self._held}}
        self._held = known | runs.several(self.database, ids - {*known})
        return self._held

    def _waiting(self, listed: int) -> int:
        return approvals.count_pending(self.database) if listed >= PAGE else listed

    def _changed_runs(self) -> set[str] | None:
        """The runs that have new events; None when it is all of them, or too many."""
        self._fresh = []
        if self._position < 0:
            self._position = events.last_position(self.database)
            return None
        self._fresh = [*self._new_events()]
        if len(self._fresh) >= EVENTS:
            return None
        return {event.run for event in self._fresh}

    def _new_events(self) -> Iterator[EventRecord]:
        """Those since the last look; of very many the first, and the rest is passed."""
        for _ in range(MOST_LOOKS):
            fresh = events.since(self.database, self._position, EVENTS)
            yield from fresh
            if fresh:
                self._position = fresh[-1].position
            if len(fresh) < EVENTS:
                return
        self._position = events.last_position(self.database)

    def _failures(self) -> Iterator[Message]:
        """What has failed in the new events. What had before is no news."""
        if any(event.type in FAILS for event in self._fresh):
            from engine.failures import told_by  # the rules: where something failed

            if found := told_by(self.database, self._fresh):
                yield FailuresRead(found)

    def _runs(self, wanted: Wanted, changed: set[str] | None) -> Iterator[Message]:
        """The newest page, and the changed ones among those shown further down."""
        if changed is None:
            yield self.first_page(wanted.find)
            changed = set()
        else:
            yield from self._newer(wanted.find)
        yield self._again(wanted, sorted(changed, reverse=True)[:PAGE])

    def _again(self, wanted: Wanted, changed: list[str]) -> RunsRead:
        """The changed runs: whether what is wanted finds them now."""
        found = self.page(wanted.find, among=changed) if changed else []
        oldest = min(wanted.known, default="")
        listed = [run for run in found if run.id in wanted.known or run.id > oldest]
        gone = (wanted.known & {*changed}) - {run.id for run in found}
        return RunsRead(listed, wanted.find, gone=frozenset(gone))

    def _newer(self, find: Find) -> Iterator[Message]:
        newest, before = self._newest, None
        for _ in range(PAGES):
            page = self.page(find, before, after=newest)
            yield RunsRead(page, find)
            if len(page) < PAGE or page[-1].id <= newest:
                self._newest = max(newest, self._newest, page[0].id if page else "")
                return
            self._newest = max(self._newest, page[0].id)
            before = page[-1].id
        yield self.first_page(find)

    def pages(self, find: Find, before: str | None) -> Iterator[RunsRead]:
        """The page after a run; the first one without it."""
        yield self.next_page(find, before) if before else self.first_page(find)

    def first_page(self, find: Find) -> RunsRead:
        page = self.page(find)
        self._newest = page[0].id if page else ""
        return RunsRead(page, find, anew=True, end=len(page) < PAGE)

    def page(
        self,
        find: Find,
        before: str | None = None,
        *,
        after: str = "",
        among: Collection[str] | None = None,
    ) -> list[RunRecord]:
        """At most a page of runs. Raises WeirError for a term that says nothing."""
        read = partial(
            runs.page, self.database, project=find.project or None, among=among
        )
        return finding.page(
            self.database,
            sought(find.search, time.time()),
            before=before,
            after=after,
            limit=PAGE,
            read=read,
        )

    def next_page(self, find: Find, before: str) -> RunsRead:
        page = self.page(find, before)
        return RunsRead(page, find, end=len(page) < PAGE)

    def _snoozes(self) -> Iterator[Message]:
        found = snoozed(self.database, self.person)
        if self._is_new("snoozes", found):
            yield SnoozesRead(found)

    def _drafts(self) -> Iterator[Message]:
        """Once: from then on the window knows what is edited in it."""
        if self._knows_drafts:
            return
        found = drafts.of_person(self.database, self.person)
        asked = {each.gate: approvals.get(self.database, each.gate) for each in found}
        over = [
            each.gate
            for each in found
            if (gate := asked[each.gate]) is None
            or gate.status != ApprovalStatus.PENDING
            or gate.digest != each.digest
        ]
        self._knows_drafts = True
        if found:
            yield DraftsRead([each for each in found if each.gate not in over], over)

    def _definitions(self) -> Iterator[Message]:
        found = (
            definitions.every(self.database),
            definitions.problems(self.database),
        )
        if self._is_new("definitions", found):
            yield DefinitionsRead(*found)

    def _projects(self, *, anew: bool) -> Iterator[Message]:
        found = projects.every(self.database)
        if self._is_new("projects", found) or (found and anew):
            yield ProjectsRead(found, self._counts([p.name for p in found]))

    def _counts(self, names: list[str]) -> dict[str, dict[str, int]]:
        return {
            name: {
                status: runs.total(self.database, project=name, status=status)
                for status in ("running", "waiting", "failed")
            }
            for name in names[:COUNTED_PROJECTS]
        }

    def _is_new(self, what: str, found: object) -> bool:
        if self._last.get(what) == found:
            return False
        self._last[what] = found
        return True


def _both(one: set[str] | None, other: set[str] | None) -> set[str] | None:
    return None if one is None or other is None else one | other


def read_gate(desk: Desk, approval_id: str) -> Iterator[GateRead]:
    """All that a gate shows, and where it is open what past runs took from it on."""
    engine = desk.engine  # first of all: whoever else loads it is waited for
    # The rules: not for the first paint.
    from engine.outlook import outlook
    from tui.panes import gate

    approval = approvals.get(desk.database, approval_id)
    if approval is not None:
        found = gate.read_gate(engine, approval)
        ahead = outlook(engine, approval) if found.open else None
        yield GateRead(found, ahead)


def read_run(database: Database, run_id: str, log: LogWanted) -> Iterator[RunRead]:
    """The chosen run, its steps, and what is new in its log."""
    run = runs.get(database, run_id)
    if run is None:
        return
    read = read_log(database, run_id, log)
    gates = approvals.of_run(database, run_id)
    yield RunRead(run, steps.of_run(database, run_id), read, gates)


def read_log(database: Database, run_id: str, log: LogWanted) -> LogRead:
    """Where more came than is read at once, it goes on at the end: never behind."""
    if not log.follows:
        lines, last = logs.count(database, run_id, log.path, after=log.after)
        return LogRead(log.path, None, lines=lines, last=last)
    pieces: list[LogRecord] = []
    if log.after:
        pieces = logs.page(
            database, run_id, after=log.after, limit=LOG_PIECES, path=log.path
        )
    skips = not log.after or len(pieces) >= LOG_PIECES
    if skips:
        pieces = logs.tail(database, run_id, LOG_PIECES, log.path)
    skipped = skips and len(pieces) >= LOG_PIECES
    return LogRead(log.path, pieces, skipped, last=pieces[-1].id if pieces else 0)
