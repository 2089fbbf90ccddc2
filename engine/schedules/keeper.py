"""Keeping the schedules while a runner is awake: look, note what is due, begin it."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable

from engine.arriving import STILL
from engine.definition.begins import EligibleTrigger, FileTrigger, Schedule
from engine.handle import Engine
from engine.saying import in_words
from engine.schedules import eligible
from engine.schedules.arrivals import Arrivals
from engine.schedules.choosing import MOST, chosen
from engine.schedules.clock import iso, next_time, times_between
from engine.schedules.firing import Answered, fire
from engine.schedules.timetable import Timetable, rule_of
from store import occasions, schedules
from store.errors import StoreError
from store.records import OccasionRecord, ScheduleRecord

PAUSE = 1.0  # seconds between two looks
AGAIN = 30.0  # seconds after which what could not begin is tried again

Key = tuple[str, str]  # of an occasion


class Keeper:
    """The schedules of a workspace. `say` hears why one could not be kept."""

    def __init__(
        self, engine: Engine, say: Callable[[str], None], still: float = STILL
    ) -> None:
        self._still = still  # seconds that a file is not written to
        self._engine = engine
        self._say = say
        self._timetable = Timetable(engine, say)
        self._live: list[ScheduleRecord] = []
        self._has_looked = False
        self._arrivals: dict[str, Arrivals] = {}
        self._tried: dict[Key, float] = {}  # -> when it is tried again
        self._closed = False

    @property
    def needed(self) -> bool:
        """Whether anything could begin here by itself, so that a runner must stay."""
        return bool(self._live) or not self._has_looked

    async def run(self) -> None:
        """Keep them until cancelled."""
        try:
            while True:
                try:
                    await self.look()
                    self._has_looked = True
                except Exception as error:  # the others are kept all the same
                    self._say(f"the schedules: {in_words(error)}")
                await asyncio.sleep(PAUSE)
        finally:
            self._closed = True

    async def look(self) -> None:
        """Look once at everything that could begin a run, and begin what is due."""
        now = self._engine.clock()
        if not is_here(self._engine):
            self._live = []
            return
        judging = await asyncio.to_thread(self._look, now)
        if judging:
            for record, rule in judging:
                try:
                    await self._look_at_projects(record, rule, now)
                except StoreError:
                    raise
                except Exception as error:
                    await asyncio.to_thread(self._trouble, record, in_words(error))
            await asyncio.to_thread(self._begin, now)

    def _look(self, now: float) -> list[tuple[ScheduleRecord, EligibleTrigger]]:
        """Begin what is due by times that have come and files that have appeared.

        Returns where projects are to be looked at: what is read may be waited for.
        """
        if self._timetable.look(now):
            self._tried.clear()  # what could not begin may be able to now
        self._live = schedules.live(self._engine.database)
        names = {record.name for record in self._live}
        for name in self._arrivals.keys() - names:
            del self._arrivals[name]
        judging: list[tuple[ScheduleRecord, EligibleTrigger]] = []
        for record in self._live:
            try:
                judging += self._look_at(record, now)
            except StoreError:
                raise
            except Exception as error:  # one that can't be kept holds up no other
                self._trouble(record, in_words(error))
        self._begin(now)
        return judging

    def _look_at(
        self, record: ScheduleRecord, now: float
    ) -> list[tuple[ScheduleRecord, EligibleTrigger]]:
        due = record.next_at is not None and record.next_at <= now
        match rule_of(record):
            case Schedule() as rule if due:
                self._note_times(record, rule, now)
            case FileTrigger() as rule:
                self._note_files(record, rule, now)
            case EligibleTrigger() as rule if due:
                return [(record, rule)]
        return []

    def _note_times(self, record: ScheduleRecord, rule: Schedule, now: float) -> None:
        assert record.next_at is not None
        # One more than are made up for: the first of those that are not is told.
        came = times_between(rule, record.zone, record.next_at, now, MOST + 1)
        found = [
            OccasionRecord(
                schedule=record.name,
                key=iso(each.at, record.zone),
                at=now,
                due=each.at,
                status="missed" if each.missed else "waiting",
                reason=each.missed,
            )
            for each in chosen(came, now, rule.catchup)
        ]
        self._note(record, found, next_time(rule, record.zone, now), now)
        if rule.overlap == "skip":
            self._give_up_older(record, found)

    def _give_up_older(
        self, record: ScheduleRecord, found: list[OccasionRecord]
    ) -> None:
        """One that could not begin until its turn came again has missed it."""
        new = {each.key for each in found if each.status == "waiting"}
        if not new:
            return
        database = self._engine.database
        for old in occasions.waiting(database, record.name):
            if old.key not in new:
                why = f"it could not begin before its turn came again: {old.reason}"
                self._answer(old, Answered("missed", reason=why))

    def _note_files(
        self, record: ScheduleRecord, rule: FileTrigger, now: float
    ) -> None:
        known = self._arrivals.get(record.name)
        if known is None or known.record != record:
            root, database = self._engine.workspace.root, self._engine.database
            known = Arrivals(root, database, record, rule, self._still)
            self._arrivals[record.name] = known
        found = known.look(now, lambda: self._closed)
        if found or record.looked_at is None or record.trouble:
            self._note(record, found, None, record.looked_at or now)

    async def _look_at_projects(
        self, record: ScheduleRecord, rule: EligibleTrigger, now: float
    ) -> None:
        looked = await eligible.look(self._engine, record, rule, now)
        await asyncio.to_thread(
            self._note, record, looked.found, now + rule.every, now, looked.trouble
        )

    def _note(
        self,
        record: ScheduleRecord,
        found: list[OccasionRecord],
        next_at: float | None,
        looked_at: float,
        trouble: str = "",
    ) -> None:
        """Note what has come and when to look again: both, or neither."""
        database = self._engine.database

        def work() -> None:
            if schedules.move(database, record, next_at, looked_at, trouble):
                occasions.add(database, found)

        database.write(work)

    def _trouble(self, record: ScheduleRecord, why: str) -> None:
        if why != record.trouble:
            database = self._engine.database
            database.write(lambda: schedules.say(database, record.name, why))

    def _begin(self, now: float) -> None:
        """Begin the runs of what waits, oldest first; one that can't holds up none."""
        waiting = occasions.waiting(self._engine.database)
        for gone in self._tried.keys() - {
            (each.schedule, each.key) for each in waiting
        }:
            del self._tried[gone]
        live = {record.name: record for record in self._live}
        for occasion in waiting:
            key = (occasion.schedule, occasion.key)
            record = live.get(occasion.schedule)
            again = self._tried.get(key, 0.0)
            if record is None or now < again <= now + AGAIN:
                continue
            try:
                fire(self._engine, record, occasion)
            except StoreError:
                raise
            except Exception as error:
                self._tried[key] = now + AGAIN
                why = in_words(error)
                if why != occasion.reason:
                    self._say(f"{occasion.schedule} for {occasion.key}: {why}")
                    self._answer(occasion, Answered("waiting", reason=why))

    def _answer(self, occasion: OccasionRecord, said: Answered) -> None:
        database = self._engine.database
        database.write(
            lambda: occasions.answer(
                database, occasion, said.status, said.run, said.reason
            )
        )


def is_here(engine: Engine) -> bool:
    """Whether this is the machine that weir.toml lets schedules begin runs on."""
    return engine.workspace.config.schedules.machine in ("", platform.node())
