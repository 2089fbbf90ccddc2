"""Projects for which a workflow's `eligible` has become true since the last look."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from engine.attempt import allowed_environment
from engine.closure import Closure, closure
from engine.context.build import look_up, without_gaps
from engine.definition.begins import EligibleTrigger
from engine.definition.fields import accept
from engine.definition.render import evaluate, expression_names
from engine.errors import WeirError
from engine.handle import Engine
from engine.looking import known_in, unheard
from engine.machine.needing import all_behind
from engine.opening import require_texts
from engine.schedules.clock import iso
from engine.schedules.firing import inputs_of, moment, open_project
from engine.secrets import Known
from store import occasions, projects
from store.records import OccasionRecord, ScheduleRecord

Json = Any


class Looked(Struct, frozen=True):
    """What a look has found: occasions to note, and why some could not be told."""

    found: list[OccasionRecord]
    trouble: str = ""


async def look(
    engine: Engine, record: ScheduleRecord, rule: EligibleTrigger, now: float
) -> Looked:
    """Look at every open project, or at the one that is named."""
    names = [rule.project] if rule.project else _open_projects(engine)
    before = occasions.newest(engine.database, record.name)
    found: list[OccasionRecord] = []
    troubles: list[str] = []
    try:
        whole = closure(engine, record.workflow)
        require_texts(engine.workspace, whole.texts)
    except WeirError as error:
        return Looked([], str(error))
    known = await known_in(engine.workspace)
    for name in names:
        try:
            yes = await is_eligible(engine, known, whole, rule, name, now)
        except WeirError as error:
            troubles.append(f"{name}: {error}")
            continue
        if noted := _noted(record, name, yes, before.get(name), now):
            found.append(noted)
    return Looked(found, "; ".join(troubles))


def _noted(
    record: ScheduleRecord,
    project: str,
    yes: bool,
    before: OccasionRecord | None,
    now: float,
) -> OccasionRecord | None:
    """The turn of a project from one to the other; None where it is as it was."""
    was = before is not None and before.status != "over"
    if yes == was:
        return None
    return OccasionRecord(
        schedule=record.name,
        key=f"{project}@{iso(now, 'UTC')}",
        subject=project,
        at=now,
        due=now,
        status="waiting" if yes else "over",
        reason="" if yes else "not eligible any more",
    )


def _open_projects(engine: Engine) -> list[str]:
    return [project.name for project in projects.every(engine.database)]


async def is_eligible(
    engine: Engine,
    known: Known,
    whole: Closure,
    rule: EligibleTrigger,
    project: str,
    now: float,
) -> bool:
    """Whether `eligible` holds for a project. Raises WeirError where it can't be told.

    Of the context only what the expression reads is looked up.
    """
    workflow = engine.plan(whole.version, whole.pins).workflow
    assert workflow.eligible is not None
    times = moment(now)
    whose = open_project(engine, project)
    given = inputs_of(rule, {**times, "project": whose})
    scope: dict[str, Json] = {
        "inputs": accept(workflow.inputs, given, text=True),
        "project": whose,
        "workflow": {"name": workflow.name, "title": workflow.title or workflow.name},
        "env": allowed_environment(engine),
        "secrets": dict(known.values),
        **times,
    }
    around = unheard(engine.workspace, known, now)
    names = all_behind(workflow, expression_names(workflow.eligible))
    left = without_gaps(await look_up(workflow, scope, around, now, names=names))
    return evaluate(workflow.eligible, left.scope) is True
