"""The schedules of the workflows in force, kept as rows with their next times."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from engine.definition.begins import (
    Begin,
    EligibleTrigger,
    FileTrigger,
    Schedule,
    begins_of,
    kind_of_begin,
)
from engine.definition.model import Workflow
from engine.errors import WeirError
from engine.handle import Engine
from engine.schedules.clock import next_time, zone_here
from store import schedules
from store.records import ScheduleRecord

MENDED = 30.0  # seconds; a clock that was wrong may have left times far ahead

_decoder: msgspec.json.Decoder[Begin] = msgspec.json.Decoder(Begin)


class Timetable:
    """Writes only when something has changed, so that it may look every second."""

    def __init__(
        self,
        engine: Engine,
        say: Callable[[str], None],
        here: Callable[[], str] = zone_here,
    ) -> None:
        self._engine = engine
        self._say = say
        self._here = here
        self._seen: list[tuple[str, str]] | None = None
        self._again = 0.0
        self._begins: dict[str, dict[str, Begin]] = {}  # by version

    def look(self, now: float) -> bool:
        """Keep the rows at what is in force. Whether that has changed."""
        found = schedules.in_force(self._engine.database)
        changed = found != self._seen
        # A clock that was put back has to come to `_again` a second time.
        waits = now < self._again <= now + MENDED
        if not changed and waits:
            return False
        wanted = self._wanted(found)
        known = {
            each.name: each
            for each in schedules.every(self._engine.database, gone=True)
        }
        rows = kept(wanted, known, self._here(), now)
        if rows:
            database = self._engine.database
            database.write(lambda: schedules.put(database, rows))
        self._seen, self._again = found, now + MENDED
        return changed

    def _wanted(self, found: list[tuple[str, str]]) -> dict[str, tuple[str, Begin]]:
        """Each schedule that is said, by name, with its workflow."""
        self._begins = {sha: self._said(sha, name) for name, sha in found}
        return {
            name: (workflow, begin)
            for workflow, sha in found
            for name, begin in self._begins[sha].items()
        }

    def _said(self, sha: str, name: str) -> dict[str, Begin]:
        if sha in self._begins:
            return self._begins[sha]
        try:
            workflow = self._engine.definition(sha)
        except WeirError as error:  # of an older Weir: the others go on all the same
            self._say(f"the schedules of {name}: {error}")
            return {}
        assert isinstance(workflow, Workflow)
        return begins_of(workflow.name, workflow.schedules, workflow.triggers)


def kept(
    wanted: dict[str, tuple[str, Begin]],
    known: dict[str, ScheduleRecord],
    here: str,
    now: float,
) -> list[ScheduleRecord]:
    """The rows that have to be written, so that the table says what is wanted."""
    rows = [
        _row(name, workflow, begin, known.get(name), here, now)
        for name, (workflow, begin) in wanted.items()
    ]
    gone = [
        replace(record, gone=True, next_at=None)
        for name, record in known.items()
        if name not in wanted and not record.gone
    ]
    return [row for row in rows if row != known.get(row.name)] + gone


def _row(
    name: str,
    workflow: str,
    begin: Begin,
    old: ScheduleRecord | None,
    here: str,
    now: float,
) -> ScheduleRecord:
    zone = (begin.timezone or here) if isinstance(begin, Schedule) else ""
    new = ScheduleRecord(
        name=name,
        workflow=workflow,
        kind=kind_of_begin(begin),
        rule=msgspec.json.encode(begin),
        zone=zone,
        next_at=first(begin, zone, now),
        created_at=now,
    )
    if old is None:
        return new
    new = replace(new, created_at=old.created_at, paused=old.paused)
    if old.paused:
        new = replace(new, next_at=None)
    if old.gone or (zone, _when(rule_of(old))) != (old.zone, _when(begin)):
        return new
    return replace(
        new,
        next_at=_sooner(old.next_at, new.next_at),
        looked_at=old.looked_at,
        trouble=old.trouble,
    )


def _sooner(old: float | None, new: float | None) -> float | None:
    """What was told before, unless it lies beyond the next time there is."""
    return new if old is None or (new is not None and new < old) else old


def first(begin: Begin, zone: str, now: float) -> float | None:
    """When it is looked at next, if it begins now; files are looked at all the time."""
    match begin:
        case Schedule():
            return next_time(begin, zone, now)
        case FileTrigger():
            return None
        case EligibleTrigger():
            return now


def _when(begin: Begin) -> object:
    """What of a rule says when it begins something. The rest may change meanwhile."""
    match begin:
        case Schedule(cron=cron):
            return cron
        case FileTrigger(file=file):
            return file
        case EligibleTrigger(every=every, project=project):
            return every, project


def rule_of(record: ScheduleRecord) -> Begin:
    """What the file said of a schedule."""
    return _decoder.decode(record.rule)
