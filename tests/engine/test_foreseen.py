"""What a run is sure to need is checked before anything is paid for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.desk import Desk
from engine.errors import InvalidValues
from engine.handle import Engine
from engine.inbox import inbox
from engine.machine.held_up import provenance
from engine.machine.state import RunState
from engine.sound import check
from engine.trust import Trust
from tests.given import ANA, make_workspace, open_engine, running, start, until

pytestmark = pytest.mark.usefixtures("nobody_is_woken")

HEAD = """context:
  customer: {file: data/customer.json}
  usage: {file: data/usage.json, optional: true}
  told: {shell: "cat data/told.json"}
steps:
"""
# A run stands at its first step and lacks these; it is given them, and goes on to this.
LACKING = {
    "a when": (
        "- {id: a, set: {x: 1}}\n  - {id: b, when: customer.tier == 1, set: {x: 2}}",
        "customer.tier",
    ),
    "a route": (
        "- {id: a, set: {x: 1}, route: [{when: customer.tier == 2, to: end}, {to: b}]}"
        "\n  - {id: b, set: {x: 2}}",
        "customer.tier",
    ),
    "what is gone through": (
        "- {id: a, set: {x: 1}}\n"
        "  - id: m\n    for_each:\n      in: range(customer.tier)\n"
        "      steps: [{id: b, set: {x: 2}}]",
        "customer.tier",
    ),
    "a later step": (
        "- {id: a, llm: Hi}\n  - {id: b, set: {x: '{{ customer.tier }}'}}",
        "customer.tier",
    ),
    "what a later step requires": (
        "- {id: a, llm: Hi}\n"
        "  - {id: b, requires: [customer.tier, usage], set: {x: 1}}",
        "customer.tier usage",
    ),
    "optional data that a later step reads": (
        "- {id: a, llm: Hi}\n  - {id: b, set: {x: '{{ usage.trend }}'}}",
        "usage.trend",
    ),
    "what a program says": (
        "- {id: a, llm: Hi}\n  - {id: b, set: {x: '{{ told.tier }}'}}",
        "told.tier",
    ),
    "a template's input": (
        "- {id: a, llm: Hi}\n  - {id: b, use: say, with: {it: '{{ customer.tier }}'}}",
        "customer.tier",
    ),
    "a branch": (
        "- {id: a, llm: Hi}\n"
        "  - id: p\n    parallel:\n      branches:\n"
        "        one: [{id: b, set: {x: '{{ customer.tier }}'}}]",
        "customer.tier",
    ),
    "behind a yes": (
        "- {id: a, llm: Hi}\n"
        "  - {id: g, approval: {title: Go on?}, route: [{choice: reject, to: end}]}\n"
        "  - {id: b, set: {x: '{{ customer.tier }}'}}",
        "customer.tier",
    ),
    "a condition that holds": (
        "- {id: a, llm: Hi}\n"
        "  - {id: b, when: customer.name == 'Ana', set: {x: '{{ customer.tier }}'}}",
        "customer.tier",
    ),
    "what the first one reads, since somebody is asked": (
        "- {id: a, llm: 'Hi {{ usage.trend }}'}\n"
        "  - {id: b, set: {x: '{{ customer.tier }}'}}",
        "usage.trend customer.tier",
    ),
}
# Nobody is asked anything before the first step.
UNASKED = {
    "nothing is paid": (
        "- {id: a, set: {x: 1}}\n  - {id: b, requires: [usage], set: {x: 1}}"
    ),
    "a condition that is false": (
        "- {id: a, llm: Hi}\n"
        "  - {id: b, when: customer.name == 'Bo', set: {x: '{{ customer.tier }}'}}"
    ),
    "a condition nobody knows yet": (
        "- {id: a, llm: Hi}\n"
        "  - {id: b, when: outputs.a.text == 'x', set: {x: '{{ customer.tier }}'}}"
    ),
    "one route of two": (
        "- {id: a, llm: Hi, route: [{when: outputs.a.text == 'x', to: b}, {to: c}]}\n"
        "  - {id: b, set: {x: '{{ customer.tier }}'}}\n  - {id: c, set: {x: 1}}"
    ),
    "missing is fine": (
        "- {id: a, llm: Hi}\n"
        "  - {id: b, when: customer.tier | default(0) == 1, set: {x: 1}}\n"
        "  - {id: c, set: {x: '{{ customer.tier | default(1) }}'}}"
    ),
    "it goes on as it says": (
        "- {id: a, llm: Hi}\n"
        "  - {id: b, on_error: continue, set: {x: '{{ customer.tier }}'}}\n"
        "  - {id: c, set: {x: 1}}"
    ),
}
SAY = "step: say\ninputs: {it: integer}\nset: {x: '{{ inputs.it }}'}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "customer.json").write_text('{"name": "Ana"}')
    (tmp_path / "data" / "told.json").write_text('{"name": "Ana"}')
    return tmp_path


@pytest.fixture
def engines() -> Iterator[list[Engine]]:
    opened: list[Engine] = []
    yield opened
    for engine in opened:
        assert check(engine, thorough=True) == []
        engine.database.close()


def opened(root: Path, engines: list[Engine], steps: str, head: str = HEAD) -> Engine:
    files = {"w.yaml": f"workflow: w\n{head}  {steps}\n", "steps/say.yaml": SAY}
    engines.append(open_engine(make_workspace(root, files)))
    return engines[-1]


async def give(engine: Engine, run: str, names: str) -> RunState:
    values = dict.fromkeys(names.split(), "1")
    return await asyncio.to_thread(Desk(engine, ANA).fill, run, values)


@pytest.mark.parametrize(("steps", "names"), LACKING.values(), ids=LACKING)
async def test_what_is_sure_to_be_missing_is_asked_for_before_the_first_step(
    root: Path, engines: list[Engine], steps: str, names: str
) -> None:
    engine = opened(root, engines, steps)
    run = start(engine, "w")
    async with running(engine):
        state = await until(engine, run, "waiting", "failed", "succeeded")
        assert (state.reason, [*state.steps]) == ("", ["@context"])
        (item,) = inbox(engine)
        given = " ".join(f"{name}=…" for name in names.split())
        assert item.hint == f"weir fill {run} {given}"
        await give(engine, run, names)
        state = await until(engine, run, "waiting", "failed", "succeeded")
        assert state.steps["@context"].status == "succeeded"
    assert state.reason == ""


@pytest.mark.parametrize("steps", UNASKED.values(), ids=UNASKED)
async def test_nobody_is_asked_for_what_may_never_be_needed(
    root: Path, engines: list[Engine], steps: str
) -> None:
    engine = opened(root, engines, steps)
    run = start(engine, "w")
    async with running(engine):
        state = await until(engine, run, "waiting", "failed", "succeeded")
    assert state.steps["a"].status == "succeeded", state.reason


async def test_what_was_given_stands_beside_what_was_found(
    root: Path, engines: list[Engine]
) -> None:
    steps = "- {id: a, llm: 'Hi {{ customer.name }}'}"
    more = "\n  - {id: b, set: {x: '{{ customer }}', y: '{{ customer.tier }}'}}"
    engine = opened(root, engines, steps + more)
    run = start(engine, "w")
    async with running(engine):
        await until(engine, run, "waiting")
        await give(engine, run, "customer.tier")
        state = await until(engine, run, "succeeded", "failed")
    assert state.steps["b"].output == {"x": {"name": "Ana", "tier": 1}, "y": 1}
    told = provenance(state)["customer"]
    assert told["where"] == "data/customer.json; customer.tier from a person"
    assert told["kind"] == "file"


async def test_another_text_of_the_file_is_as_good_as_a_word(
    root: Path, engines: list[Engine]
) -> None:
    engine = opened(root, engines, LACKING["a when"][0])
    run = start(engine, "w")
    async with running(engine) as runner:
        runner.awaiting.still = runner.awaiting.pause = 0.05
        await until(engine, run, "waiting")
        (root / "data" / "customer.json").write_text('{"name": "Ana", "tier": 1}')
        state = await until(engine, run, "succeeded", "failed")
    assert state.steps["b"].output == {"x": 2}


async def test_all_that_is_missing_is_asked_for_together(
    root: Path, engines: list[Engine]
) -> None:
    """Not what is made of it: that is no other thing to give."""
    head = """context:
  one: {file: data/one.json}
  two: {file: data/two.json}
  sum: {expr: one + two}
  customer: {file: data/customer.json}
steps:
"""
    steps = (
        "- {id: a, llm: 'Hi {{ sum }}'}\n"
        "  - {id: b, set: {x: '{{ customer.tier }}', y: '{{ sum }}'}}"
    )
    engine = opened(root, engines, steps, head)
    run = start(engine, "w")
    async with running(engine):
        await until(engine, run, "waiting")
        (item,) = inbox(engine)
        assert item.hint == f"weir fill {run} one=… two=… customer.tier=…"
        await give(engine, run, "one customer.tier two")
        state = await until(engine, run, "succeeded", "failed")
    assert state.steps["b"].output == {"x": 1, "y": 2}


def test_a_run_does_not_begin_without_an_input_that_a_step_is_sure_to_need(
    root: Path, engines: list[Engine]
) -> None:
    head = """inputs:
  who: {type: string, required: false}
  deep: {type: boolean, default: false}
steps:
"""
    steps = (
        "- {id: a, llm: Hi}\n"
        "  - {id: b, when: inputs.deep, requires: [inputs.who], set: {x: 1}}\n"
        "  - {id: c, set: {x: \"{{ inputs.who | default('') }}\"}}"
    )
    desk = Desk(opened(root, engines, steps, head), ANA)
    text = (root / "workflows" / "w.yaml").read_bytes()
    Trust.open().trust_texts(root, {"workflows/w.yaml": text})
    with pytest.raises(InvalidValues, match=r"step b needs inputs\.who") as refused:
        desk.start("w", {"deep": True}, text=False)
    assert refused.value.missing == ["who"]
    assert desk.engine.load(desk.start("w", {})).status == "running"
