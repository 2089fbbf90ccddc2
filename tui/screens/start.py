"""Starting a run: which workflow, with what inputs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from engine.definition.base import Json
from engine.definition.model import Definition, Workflow
from engine.definition.typed import Fields
from store.records import DefinitionRecord, RunRecord
from tui.actions import RUNS
from tui.screens.form import Form, Values
from tui.screens.pick import Item, Pick
from tui.widgets.vtable import Column

if TYPE_CHECKING:
    from tui.app import Workbench

COLUMNS = (
    Column("name", "WORKFLOW", 24, priority=9),
    Column("title", "TITLE", None, priority=5),
)


async def start_run(bench: Workbench, name: str) -> None:
    """Ask for the inputs of a workflow (and which, without a name), then start it."""
    workflows = {d.name: d for d in bench.work.templates.workflows()}
    if not name:
        picked = await bench.push_screen_wait(_pick(list(workflows.values())))
        if picked is None:
            return
        name = picked
    found = await bench.ask(lambda: in_force(bench, workflows[name]))
    if isinstance(found, Workflow):
        await _fill_in(bench, found, bench.wanted.find.project)


async def start_again(bench: Workbench, run: RunRecord) -> None:
    """Ask anew for what a run was given, which stands there already."""
    workflows = {d.name: d for d in bench.work.templates.workflows()}
    if run.workflow not in workflows:
        bench.say(f"{run.workflow} has no version that could be started", wrong=True)
        return
    found = await bench.ask(lambda: in_force(bench, workflows[run.workflow]))
    if isinstance(found, Workflow):
        state = await bench.ask(lambda: bench.desk.engine.load(run.id))
        fields = with_given(found.inputs, state.inputs if state else {})
        await _fill_in(bench, replace(found, inputs=fields), run.project)


def in_force(bench: Workbench, record: DefinitionRecord) -> Definition:
    return bench.desk.engine.definition(record.version)


def with_given(fields: Fields, given: Mapping[str, Json]) -> Fields:
    """The fields with these values in them."""
    return {
        name: replace(field, default=given[name], has_default=True)
        if name in given
        else field
        for name, field in fields.items()
    }


def _pick(workflows: list[DefinitionRecord]) -> Pick:
    items = [Item(d.name, (d.name, d.title)) for d in workflows]
    hint = "type to filter   ⏎ take it   esc leave"
    return Pick("Start a run of which workflow?", items, COLUMNS, hint=hint)


async def _fill_in(bench: Workbench, workflow: Workflow, project: str) -> None:
    started: list[str] = []

    def start(values: Values) -> str:
        return bench.desk.start(workflow.name, values, project=project)

    async def submit(values: Values) -> None:
        started.append(await asyncio.to_thread(start, values))

    title = f"Start {workflow.name}"
    if workflow.title:
        title = f"{title}: {workflow.title}"
    form = Form(title, workflow.inputs, done="Start", submit=submit)
    await bench.push_screen_wait(form)
    for run in started:
        bench.say(f"{run} has begun")
        bench.go(RUNS, run)
