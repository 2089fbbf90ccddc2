"""What a gate blocks: the runs above it, the arms beside it, the steps after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.blocking import Blocking, Blocks
from engine.errors import WeirError
from engine.handle import Engine
from engine.inbox import inbox
from engine.machine.state import RunState
from store import approvals, runs
from store.tables import Event
from tests.given import make_workspace, open_engine, running, start, until

PLAIN = """workflow: plain
steps:
  - id: ask
    approval: {title: "Go on?"}
    route: [{choice: reject, to: end}, {choice: approve, to: one}]
  - {id: one, set: {x: 1}}
  - {id: two, set: {x: 2}}
"""
ABOVE = """workflow: above
steps:
  - {id: inner, run: plain}
  - {id: last, set: {x: 1}}
"""
BESIDE = """workflow: beside
steps:
  - id: read
    parallel:
      branches:
        law:
          steps:
            - id: ask
              approval: {title: "Go on?"}
            - {id: sum, set: {x: 1}}
        money: {steps: [{id: count, set: {x: 1}}]}
        style: {steps: [{id: look, set: {x: 1}}]}
  - {id: last, set: {x: 1}}
"""
WAITS = """workflow: waits
inputs: {other: {type: string}}
steps:
  - id: wait
    wait: {decision: {run: "{{ inputs.other }}", step: ask}}
    timeout: 1d
"""
RISKY = """workflow: risky
steps:
  - id: ask
    approval: {title: "Really?", risk: high}
"""
LACKS = """workflow: lacks
context: {who: {file: data/who.json}}
steps:
  - {id: greet, set: {text: "{{ who }}"}}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    texts = {
        "plain": PLAIN,
        "above": ABOVE,
        "beside": BESIDE,
        "waits": WAITS,
        "risky": RISKY,
        "lacks": LACKS,
    }
    files = {f"{name}.yaml": text for name, text in texts.items()}
    engine = open_engine(make_workspace(tmp_path, files))
    yield engine
    engine.database.close()


async def waiting(engine: Engine, workflow: str, **given: object) -> str:
    """A run that has come to what it waits for, as have those below it."""
    run = start(engine, workflow, **given)
    async with running(engine):
        await until(engine, run, "waiting")
        for below in runs.under(engine.database, run):
            await until(engine, below.id, "waiting")
    return run


def of_gates(engine: Engine) -> list[Blocks]:
    found = approvals.pending(engine.database)
    return [Blocking(engine).of(row.run, row.path) for row in found]


async def test_each_run_is_read_once_and_one_that_cannot_be_holds_up_no_other(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = await waiting(engine, "plain")
    broken = await waiting(engine, "waits", other=gate)
    read: list[str] = []
    load = engine.load

    def loads(run: str) -> RunState:
        read.append(run)
        if run == broken:
            raise WeirError("it can't be read")
        return load(run)

    monkeypatch.setattr(engine, "load", loads)
    blocking = Blocking(engine)
    assert [blocking.of(gate, "ask") for _ in range(3)] == [Blocks(steps=2)] * 3
    assert blocking.of(broken, "wait") == Blocks()
    assert sorted(read) == sorted([gate, broken])


async def test_the_steps_that_may_follow_are_counted(engine: Engine) -> None:
    await waiting(engine, "plain")
    assert of_gates(engine) == [Blocks(steps=2)]


async def test_a_run_above_waits_as_well(engine: Engine) -> None:
    await waiting(engine, "above")
    assert of_gates(engine) == [Blocks(runs=1, steps=2)]


async def test_branches_that_have_ended_wait_for_theirs(engine: Engine) -> None:
    await waiting(engine, "beside")
    assert of_gates(engine) == [Blocks(arms=2, steps=2)]


async def test_a_run_that_waits_for_its_decision_is_blocked(engine: Engine) -> None:
    run = await waiting(engine, "plain")
    await waiting(engine, "waits", other=run)
    assert of_gates(engine) == [Blocks(runs=1, steps=2)]


def test_the_words_leave_out_what_is_nothing() -> None:
    assert Blocks(1, 2, 3).told() == "1 run, 2 arms, 3 steps"
    assert (Blocks(0, 1, 5).told(), Blocks(0, 1, 5).most()) == (
        "1 arm, 5 steps",
        "1 arm",
    )
    assert Blocks().told() == Blocks().most() == ""


async def test_what_waits_can_stand_in_three_orders(engine: Engine) -> None:
    few = await waiting(engine, "plain")
    most = await waiting(engine, "above")
    risky = await waiting(engine, "risky")

    def runs(by: str) -> list[str]:
        found = [item.run for item in inbox(engine, by=by)]
        return [run if run in (few, risky) else most for run in found]

    assert runs("risk") == [risky, few, most]
    assert runs("age") == [few, most, risky]
    assert runs("blocks") == [most, few, risky]


async def test_a_run_that_can_not_be_read_hides_no_other(engine: Engine) -> None:
    whole, harmed = await waiting(engine, "plain"), await waiting(engine, "plain")
    lacks = await waiting(engine, "lacks")
    nonsense = Event.update(data=b'{"type":"Nope"}').where(Event.seq == 1)
    nonsense = nonsense.where(Event.run.in_([harmed, lacks]))
    engine.database.write(lambda: engine.database.run(nonsense))
    found = {item.run: item for item in inbox(engine)}
    assert found[whole].blocks == Blocks(steps=2)
    assert found[harmed].blocks == Blocks()
    said = f"event 1 of run {lacks} can't be read: Invalid value 'Nope'"
    assert found[lacks].title.startswith(said)
