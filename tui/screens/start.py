"""Starting a run: which workflow, with what inputs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.definition.model import Workflow
from engine.errors import WeirError
from store.database import StoreError, say
from store.records import DefinitionRecord
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
    chosen = workflows[name]
    found = await bench.ask(lambda: bench.desk.engine.definition(chosen.version))
    if isinstance(found, Workflow):
        await _fill_in(bench, found)


def _pick(workflows: list[DefinitionRecord]) -> Pick:
    items = [Item(d.name, (d.name, d.title)) for d in workflows]
    hint = "type to filter   ⏎ take it   esc leave"
    return Pick("Start a run of which workflow?", items, COLUMNS, hint=hint)


async def _fill_in(bench: Workbench, workflow: Workflow) -> None:
    started: list[str] = []
    project = bench.wanted.find.project

    def start(values: Values) -> str:
        return bench.desk.start(workflow.name, values, project=project)

    async def submit(values: Values) -> None:
        try:
            started.append(await asyncio.to_thread(start, values))
        except StoreError as error:
            raise WeirError(say(error)) from error

    title = f"Start {workflow.name}"
    if workflow.title:
        title = f"{title}: {workflow.title}"
    form = Form(title, workflow.inputs, done="Start", submit=submit)
    await bench.push_screen_wait(form)
    for run in started:
        bench.say(f"{run} has begun")
        bench.go(RUNS, run)
