"""What a run lacks is asked for, once, and the run goes on when it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.desk import Desk
from engine.errors import CommandRefused, InvalidValues
from engine.handle import Engine
from engine.inbox import inbox
from engine.machine.codec import decode
from engine.machine.state import RunState
from engine.stuck import stuck_steps
from engine.why import why
from store import events
from tests.given import ANA, make_workspace, open_engine, running, start, until

pytestmark = pytest.mark.usefixtures("nobody_is_woken")

FILES = {
    "whole.yaml": """workflow: whole
inputs: {who: string}
context:
  of.them: {file: "data/{{ inputs.who }}.json"}
  twice: {expr: of.them.n * 2}
steps:
  - {id: a, set: {n: "{{ twice }}"}}
""",
    "later.yaml": """workflow: later
inputs: {who: string}
context:
  of.them: {file: "data/{{ inputs.who }}.json", optional: true}
  note: {expr: "'x'"}
steps:
  - {id: first, set: {x: 1}}
  - {id: a, requires: [of.them.n, of.them.m], set: {n: "{{ of.them.n }}"}}
  - {id: b, set: {m: "{{ of.them.m }}"}}
""",
    "alone.yaml": """workflow: alone
inputs: {who: string}
context:
  of.them: {file: "data/{{ inputs.who }}.json", optional: true}
steps:
  - {id: a, requires: [of.them.n], set: {x: 1}, on_error: continue}
  - {id: b, set: {said: "{{ errors.a.message }}"}}
""",
    "beside.yaml": """workflow: beside
context:
  of.them: {file: data/them.json, optional: true}
steps:
  - id: both
    parallel:
      branches:
        one:
          steps:
            - id: a
              requires: {of.them.n: {type: integer, minimum: 1, title: How many}}
              set: {n: "{{ of.them.n }}"}
        two: [{id: b, set: {m: "{{ of.them.m }}", n: "{{ of.them.n }}"}}]
""",
    "steps/say.yaml": "step: say\ninputs: {n: integer}\nset: {n: '{{ inputs.n }}'}\n",
    "used.yaml": """workflow: used
inputs: {n: {type: integer, default: 3}}
context:
  of.them: {file: data/them.json, optional: true}
steps:
  - {id: first, set: {x: 1}}
  - {id: a, use: say, with: {n: "{{ of.them.n }}"}}
""",
    "nobody.yaml": """workflow: nobody
inputs: {who: {type: string, required: false}}
steps:
  - {id: a, requires: [inputs.who], set: {x: 1}}
""",
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(make_workspace(tmp_path, FILES))
    yield engine
    engine.database.close()


async def fill(engine: Engine, run: str, **texts: str) -> RunState:
    values = {name.replace("__", "."): text for name, text in texts.items()}
    return await asyncio.to_thread(Desk(engine, ANA).fill, run, values)


async def test_a_context_that_is_nowhere_is_asked_for(engine: Engine) -> None:
    run = start(engine, "whole", who="ana")
    async with running(engine):
        await until(engine, run, "waiting")
        (item,) = inbox(engine)
        assert (item.kind, item.hint) == ("missing", f"weir fill {run} of.them=…")
        assert item.title == (
            "missing: of.them (any), for a"
            " (of.them: there is no data/ana.json in the workspace)"
        )
        assert "the context waits for a value of of.them (any), for a" in why(
            engine, run
        )
        await fill(engine, run, of__them='{"n": 4}')
        state = await until(engine, run, "succeeded")
    assert state.steps["a"].output == {"n": 8}
    assert inbox(engine) == []
    found = [decode(record.data) for record in events.history(engine.database, run)]
    (filled,) = [
        e
        for e in found
        if getattr(e, "path", "") == "@context" and hasattr(e, "output")
    ]
    assert filled.output["provenance"]["of.them"]["kind"] == "given"
    assert filled.output["provenance"]["twice"]["kind"] == "expr"


async def test_a_file_that_comes_is_as_good_as_a_word(engine: Engine) -> None:
    run = start(engine, "whole", who="ana")
    async with running(engine) as runner:
        runner.awaiting.still = runner.awaiting.pause = 0.05
        await until(engine, run, "waiting")
        (engine.workspace.root / "data").mkdir()
        (engine.workspace.root / "data" / "ana.json").write_text('{"n": 5}')
        state = await until(engine, run, "succeeded")
    assert state.steps["a"].output == {"n": 10}


async def test_a_step_waits_for_all_that_it_lacks(engine: Engine) -> None:
    run = start(engine, "later", who="ana")
    async with running(engine):
        state = await until(engine, run, "waiting")
        assert state.steps["first"].status == "succeeded"
        (item,) = inbox(engine)
        assert item.path == "a"
        assert item.title == (
            "missing: of.them.n (any), for a; of.them.m (any), for a, b"
        )
        with pytest.raises(CommandRefused, match="does not wait for `note`, but for"):
            await fill(engine, run, note="x")
        state = await fill(engine, run, of__them__n="1")
        assert state.steps["a"].status == "waiting", "it lacks another one still"
        (item,) = inbox(engine)
        assert item.hint == f"weir fill {run} of.them.m=…"
        state = await fill(engine, run, of__them='{"n": 1, "m": 2}')
        state = await until(engine, run, "succeeded")
    assert state.steps["a"].output == {"n": 1}
    assert state.steps["b"].output == {"m": 2}
    assert state.steps["a"].failures == 0


async def test_what_steps_beside_each_other_lack_is_one_item_given_at_once(
    engine: Engine,
) -> None:
    run = start(engine, "beside")
    async with running(engine):
        await until(engine, run, "waiting")
        (item,) = inbox(engine)
        assert [(v.name, v.type, v.steps) for v in item.values] == [
            ("of.them.n", "integer", ("a", "b")),
            ("of.them.m", "any", ("b",)),
        ]
        assert item.hint == f"weir fill {run} of.them.n=… of.them.m=…"
        said = "both[one]/a, both[two]/b wait for values of of.them.n (integer), for a"
        assert said in why(engine, run)
        (row,) = stuck_steps(engine.database)
        assert row.id == item.id
        wrong = {"of.them.n": "0", "of.them.m": "2"}
        with pytest.raises(InvalidValues, match=r"`of.them.n` must be at least 1"):
            Desk(engine, ANA).fill(run, wrong)
        assert engine.load(run).context == {"of": {"them": None}}
        await fill(engine, run, of__them__n="1", of__them__m="007")
        state = await until(engine, run, "succeeded")
    assert state.steps["both[one]/a"].output == {"n": 1}


async def test_what_a_template_is_given_is_asked_for_too(engine: Engine) -> None:
    """The run's own input of that name is another."""
    run = start(engine, "used")
    async with running(engine):
        state = await until(engine, run, "waiting", "succeeded", "failed")
        (item,) = inbox(engine)
        assert item.hint == f"weir fill {run} of.them.n=…"
        await fill(engine, run, of__them__n="1")
        state = await until(engine, run, "succeeded", "failed")
    assert state.steps["a"].output == {"n": 1}


async def test_a_step_that_says_how_it_goes_on_is_not_asked_about(
    engine: Engine,
) -> None:
    run = start(engine, "alone", who="ana")
    async with running(engine):
        state = await until(engine, run, "succeeded", "waiting")
    assert "missing of.them.n" in state.steps["b"].output["said"]


async def test_what_nobody_can_give_fails_as_before(engine: Engine) -> None:
    run = start(engine, "nobody")
    async with running(engine):
        state = await until(engine, run, "failed", "waiting")
    assert state.status == "failed"
    assert "missing inputs.who" in state.reason


async def test_a_run_that_lacks_something_is_cancelled_like_any_other(
    engine: Engine,
) -> None:
    run = start(engine, "whole", who="ana")
    async with running(engine):
        await until(engine, run, "waiting")
        await asyncio.to_thread(Desk(engine, ANA).cancel, run)
        await until(engine, run, "cancelled")
    assert inbox(engine) == []
