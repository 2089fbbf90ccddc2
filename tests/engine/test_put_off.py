"""Context that only later steps need: looked for at the start, looked up for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.desk import Desk
from engine.handle import Engine
from engine.inbox import inbox
from engine.machine import commands as c
from engine.machine.codec import decode
from engine.machine.held_up import provenance
from engine.machine.state import RunState
from engine.sound import check
from engine.why import why
from store import events
from tests.given import ANA, make_workspace, open_engine, running, start, until

pytestmark = pytest.mark.usefixtures("nobody_is_woken")

FILES = {
    "brief.yaml": """workflow: brief
inputs: {who: string}
context:
  customer: {file: "data/{{ inputs.who }}.json"}
  usage: {file: "data/usage.json"}
steps:
  - {id: first, set: {name: "{{ customer.name }}"}}
  - {id: gate, approval: {title: "Go on with {{ customer.name }}?"}}
  - {id: brief, set: {trend: "{{ usage.trend }}"}}
""",
    "chained.yaml": """workflow: chained
context:
  where: {expr: "'data/usage.json'"}
  usage: {file: "{{ where }}"}
steps:
  - {id: first, set: {x: 1}}
  - {id: brief, set: {trend: "{{ usage.trend }}"}}
""",
    "fact.yaml": """workflow: fact
context:
  region: {project: region}
steps:
  - {id: first, llm: Hello.}
  - {id: b, set: {x: "{{ region }}"}}
""",
    "crm.yaml": """workflow: crm
context:
  rows: {sql: select 1, database: crm}
steps:
  - {id: first, llm: Hello.}
  - {id: b, set: {x: "{{ rows }}"}}
""",
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    config = 'provider = "mock"\n\n[databases]\ncrm = "data/crm.db"\n'
    engine = open_engine(make_workspace(tmp_path, FILES, config))
    put(engine, "ana", '{"name": "Ana"}')
    put(engine, "usage", '{"trend": "up"}')
    yield engine
    assert check(engine, thorough=True) == []
    engine.database.close()


def put(engine: Engine, name: str, text: str) -> Path:
    file = engine.workspace.root / "data" / f"{name}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


async def at_the_gate(engine: Engine) -> str:
    run = start(engine, "brief", who="ana")
    async with running(engine):
        await until(engine, run, "waiting")
    return run


async def approve(engine: Engine, run: str, *statuses: str) -> RunState:
    (approval,) = engine.load(run).approvals.values()
    yes = c.DecideApproval(approval.id, "approve", approval.digest, ANA)
    await asyncio.to_thread(engine.handle, run, yes)
    return await until(engine, run, *statuses)


def order_of(engine: Engine, run: str) -> list[Any]:
    told = [decode(record.data) for record in events.history(engine.database, run)]
    return [(type(event).__name__, getattr(event, "path", "")) for event in told]


async def test_a_value_is_as_it_is_when_the_first_step_needs_it(
    engine: Engine,
) -> None:
    run = await at_the_gate(engine)
    assert engine.load(run).context == {"customer": {"name": "Ana"}}
    put(engine, "usage", '{"trend": "down"}')
    async with running(engine):
        state = await approve(engine, run, "succeeded")
    assert state.steps["brief"].output == {"trend": "down"}
    assert state.context == {"customer": {"name": "Ana"}, "usage": {"trend": "down"}}
    told = provenance(state)
    assert told["usage"]["where"] == "data/usage.json"
    assert told["usage"]["at"] > told["customer"]["at"]
    after = order_of(engine, run)[-8:]
    assert after == [
        ("StepWaiting", "brief"),
        ("StepReady", "@context#2"),
        ("AttemptStarted", "@context#2"),
        ("StepSucceeded", "@context#2"),
        ("StepResumed", "brief"),
        ("AttemptStarted", "brief"),
        ("StepSucceeded", "brief"),
        ("RunSucceeded", ""),
    ]


async def test_what_will_be_missing_is_asked_for_before_the_first_step(
    engine: Engine,
) -> None:
    file = put(engine, "usage", "")
    file.unlink()
    run = start(engine, "brief", who="ana")
    async with running(engine):
        await until(engine, run, "waiting")
        (item,) = inbox(engine)
        assert (item.path, item.hint) == ("@context", f"weir fill {run} usage=…")
        assert item.blocks.told() == "3 steps"
        assert item.title.startswith("missing: usage (any), for brief (usage: ")
        given = {"usage": '{"trend": "flat"}'}
        await asyncio.to_thread(Desk(engine, ANA).fill, run, given)
        await until(engine, run, "waiting")
        state = await approve(engine, run, "succeeded")
    assert state.steps["brief"].output == {"trend": "flat"}
    assert provenance(state)["usage"]["kind"] == "given"


async def test_what_has_gone_since_is_asked_for_once_and_comes_as_a_file(
    engine: Engine,
) -> None:
    run = await at_the_gate(engine)
    put(engine, "usage", "").unlink()
    async with running(engine) as runner:
        runner.awaiting.still = runner.awaiting.pause = 0.05
        await approve(engine, run, "waiting")
        (item,) = inbox(engine)
        assert (item.kind, item.path) == ("missing", "@context#2")
        assert item.blocks.told() == "1 step"
        assert "brief waits for usage of its context" in why(engine, run)
        put(engine, "usage", '{"trend": "new"}')
        state = await until(engine, run, "succeeded")
    assert state.steps["brief"].output == {"trend": "new"}


async def test_another_runner_goes_on_with_a_lookup_that_was_begun(
    engine: Engine,
) -> None:
    run = await at_the_gate(engine)
    async with running(engine) as runner:
        runner.stop()  # nothing is taken any more
        await approve(engine, run, "running")
    assert engine.load(run).steps["@context#2"].status == "ready"
    async with running(engine):
        state = await until(engine, run, "succeeded")
    assert state.steps["brief"].attempt == 1


async def test_what_hangs_on_a_value_that_is_put_off_is_not_looked_for_yet(
    engine: Engine,
) -> None:
    put(engine, "usage", "").unlink()
    run = start(engine, "chained")
    async with running(engine):
        await until(engine, run, "waiting")
    (item,) = inbox(engine)
    assert item.path == "@context#2"
    assert engine.load(run).steps["first"].status == "succeeded"


@pytest.mark.parametrize(
    ("workflow", "words"),
    [
        ("fact", "region: the run is in no project"),
        ("crm", "rows: database crm: there is no data/crm.db in the workspace"),
    ],
)
async def test_no_model_is_asked_where_a_later_step_has_no_source(
    engine: Engine, workflow: str, words: str
) -> None:
    run = start(engine, workflow)
    async with running(engine):
        state = await until(engine, run, "waiting", "failed")
    assert [*state.steps] == ["@context"]
    assert words in (state.reason or inbox(engine)[0].title)
