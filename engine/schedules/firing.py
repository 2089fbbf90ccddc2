"""Beginning the run of an occasion: once, whoever looks and however often."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from engine import recording
from engine.beginning import beginning, require_inputs
from engine.definition.begins import Begin, EligibleTrigger, Overlap, Schedule
from engine.errors import WeirError
from engine.facts import about
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Actor, Occasion
from engine.opening import require_texts
from engine.schedules.choosing import Turn, overlapping
from engine.schedules.clock import zone
from engine.schedules.timetable import rule_of
from store import occasions, projects, schedules
from store.batch import Batch
from store.records import OccasionRecord, ScheduleRecord

Json = Any


class Answered(Struct, frozen=True):
    """What became of an occasion: `status` is a record's; waiting: it was left so."""

    status: str
    run: str = ""
    reason: str = ""


def fire(
    engine: Engine,
    record: ScheduleRecord,
    occasion: OccasionRecord,
) -> Answered:
    """Begin the run of an occasion, skip it, or leave it waiting for its turn.

    Raises WeirError when it can't begin.
    """
    rule = rule_of(record)
    turn = _turn(engine, record, rule, occasion)
    if turn == "wait":
        return Answered("waiting")
    command = None
    if turn == "begin":
        command = command_of(engine, record, rule, occasion, nobody(record))
    return engine.database.writer.submit(
        lambda batch: _answer(engine, batch, record, rule, occasion, command)
    ).result()


def _answer(
    engine: Engine,
    batch: Batch,
    record: ScheduleRecord,
    rule: Begin,
    occasion: OccasionRecord,
    command: c.StartRun | None,
) -> Answered:
    """In one transaction: look whether it still waits, begin the run, and say so.

    The run comes first: if it is refused, nothing has been written.
    """
    batch.settle()
    database = engine.database
    now = occasions.get(database, record.name, occasion.key)
    if now is None or now.status != "waiting":
        status = now.status if now else "missed"
        return Answered(status, now.run if now else "")
    stands = schedules.get(database, record.name)
    if stands is None or stands.paused or stands.gone:
        return Answered("waiting")  # someone has paused it this moment
    turn = _turn(engine, record, rule, occasion)
    if turn == "skip":
        going = _under_way(engine, record, rule, occasion)[0]
        answered = Answered("skipped", reason=f"{going} was still under way")
    elif turn == "begin" and command is not None:
        engine.whole(batch, command.run, command)
        answered = Answered("started", command.run)
    else:
        return Answered("waiting")  # what stood in its way has ended this moment
    occasions.answer(database, occasion, answered.status, answered.run, answered.reason)
    return answered


def _turn(
    engine: Engine, record: ScheduleRecord, rule: Begin, occasion: OccasionRecord
) -> Turn:
    overlap: Overlap = "allow"
    if isinstance(rule, Schedule):
        overlap = rule.overlap
    elif isinstance(rule, EligibleTrigger):
        overlap = "skip"
    return overlapping(overlap, _under_way(engine, record, rule, occasion))


def _under_way(
    engine: Engine, record: ScheduleRecord, rule: Begin, occasion: OccasionRecord
) -> list[str]:
    """Runs that stand in its way: its own or, for a project, any of the workflow."""
    if isinstance(rule, EligibleTrigger):
        return occasions.begun_in(engine.database, record.workflow, occasion.subject)
    return occasions.in_flight(engine.database, record.name)


def command_of(
    engine: Engine,
    record: ScheduleRecord,
    rule: Begin,
    occasion: OccasionRecord,
    who: Actor,
) -> c.StartRun:
    """The run it begins. Raises WeirError where none can."""
    given = inputs_of(rule, scope_of(engine, record, rule, occasion))
    begins = beginning(engine, record.workflow, given)
    require_texts(engine.workspace, begins.texts)
    require_inputs(engine, begins)
    project = project_of(rule, occasion)
    if project and projects.get(engine.database, project) is None:
        raise WeirError(
            f"no project {project!r}; `weir project new {project}` makes it"
        )
    return c.StartRun(
        new_id("r"),
        begins.inputs,
        begins.closure.version,
        begins.closure.pins,
        who,
        project,
        variant=begins.variant,
        cassette=recording.played(engine.workspace, "", ""),
        occasion=Occasion(record.name, occasion.key, occasion.due),
    )


def project_of(rule: Begin, occasion: OccasionRecord) -> str:
    if isinstance(rule, EligibleTrigger):
        return occasion.subject
    return rule.project


def nobody(record: ScheduleRecord) -> Actor:
    """Who begins a run when no person does."""
    return Actor(record.name, via="timer", machine=platform.node())


def scope_of(
    engine: Engine, record: ScheduleRecord, rule: Begin, occasion: OccasionRecord
) -> dict[str, Json]:
    """What the inputs of a schedule may read on this occasion."""
    scope = moment(engine.clock())
    match rule:
        case Schedule():
            due = datetime.fromtimestamp(occasion.due, zone(record.zone))
            return {**scope, "due": due}
        case EligibleTrigger():
            return {**scope, "project": open_project(engine, occasion.subject)}
        case _:
            return {**scope, "file": msgspec.json.decode(occasion.details)["file"]}


def moment(now: float) -> dict[str, Json]:
    at = datetime.fromtimestamp(now, UTC)
    return {"now": at, "today": at.date()}


def open_project(engine: Engine, project: str) -> dict[str, Json]:
    """What templates read of a project. Raises WeirError for one that is not open."""
    found = projects.get(engine.database, project)
    if found is None or found.archived:
        raise WeirError(f"project {project!r} is not open any more")
    return about(engine.database, project)


def inputs_of(rule: Begin, scope: dict[str, Json]) -> dict[str, Json]:
    """The inputs, as words that a workflow's fields make values of."""
    from engine.definition.render import render_value  # Jinja, where one is due

    given = render_value(rule.inputs, scope)
    assert isinstance(given, dict)
    return given
