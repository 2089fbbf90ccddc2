"""What a person does with a schedule: let it rest, let it go on, begin it by hand."""

from __future__ import annotations

import difflib

from engine.acts import act
from engine.definition.begins import Schedule
from engine.errors import NotFound, WeirError
from engine.handle import Engine
from engine.machine.state import Actor
from engine.schedules.clock import iso
from engine.schedules.firing import command_of
from engine.schedules.timetable import first, rule_of
from store import occasions, schedules
from store.batch import Batch
from store.records import OccasionRecord, ScheduleRecord


def the_schedule(engine: Engine, name: str) -> ScheduleRecord:
    """The schedule of that name. Raises NotFound with the nearest one."""
    found = schedules.get(engine.database, name)
    if found is not None:
        return found
    known = [each.name for each in schedules.every(engine.database)]
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else "`weir schedule list` lists them"
    raise NotFound(f"no schedule {name!r}; {hint}")


def pause(engine: Engine, record: ScheduleRecord, who: Actor) -> None:
    """Let it begin nothing until it is resumed; what has begun goes on."""
    if record.paused:
        raise WeirError(f"{record.name} is paused already")
    now = engine.clock()
    said = act(who, "schedule", f"paused {record.name}", now, {"name": record.name})
    schedules.pause(engine.database, record.name, None, True, said)


def resume(engine: Engine, record: ScheduleRecord, who: Actor) -> None:
    """Let it begin runs again from now on; what came meanwhile is not made up for."""
    if not record.paused:
        raise WeirError(f"{record.name} is not paused")
    now = engine.clock()
    said = act(who, "schedule", f"resumed {record.name}", now, {"name": record.name})
    next_at = None if record.gone else first(rule_of(record), record.zone, now)
    schedules.pause(engine.database, record.name, next_at, False, said)


def begin_by_hand(engine: Engine, record: ScheduleRecord, who: Actor) -> str:
    """Begin what it would begin if its time were now, and return the run's id.

    Its next time stays. Raises WeirError for one that needs a file or a project.
    """
    rule = rule_of(record)
    if not isinstance(rule, Schedule):
        raise WeirError(
            f"{record.name} needs a {'file' if record.kind == 'file' else 'project'};"
            f" start it with `weir run {record.workflow}`"
        )
    now = engine.clock()
    key = f"by hand {iso(now, record.zone)}"
    occasion = OccasionRecord(schedule=record.name, key=key, at=now, due=now)
    command = command_of(engine, record, rule, occasion, who)

    def work(batch: Batch) -> str:
        engine.whole(batch, command.run, command)
        occasions.add(engine.database, [occasion])
        occasions.answer(engine.database, occasion, "started", command.run, "")
        return command.run

    return engine.database.writer.submit(work).result()
