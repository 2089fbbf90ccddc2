"""What was found and does not fit what a step requires is asked for as what lacks."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.desk import Desk
from engine.errors import CommandRefused, InvalidValues
from engine.handle import Engine
from engine.importer import Importer
from engine.inbox import inbox
from engine.machine.held_up import provenance
from engine.machine.state import RunState
from engine.trust import Trust
from engine.why import why
from tests.given import (
    ANA,
    comes_true,
    make_workspace,
    open_engine,
    running,
    start,
    until,
)

pytestmark = pytest.mark.usefixtures("nobody_is_woken")

CONFIG = """provider = "mock"
[databases]
crm = "crm.db"
[secrets]
KEY = "env:CUSTOMER_KEY"
"""
INPUTS = "inputs: {n: {type: integer, default: 1}}"
# After it nobody knows whether the next one is come to.
MAYBE = (
    "{id: first, llm: 'Hi {{ it }}',"
    " route: [{when: 'outputs.first.text == 1', to: end}, {to: a}]}"
)
SECRET = "a-customer-key-of-some-length"
# A source of `it`, and what is told of what it finds.
SOURCES = {
    "a query": ("{sql: 'select arr from c', database: crm, one: true}", "crm"),
    "JSON": ("{file: data/it.json}", "data/it.json"),
    "a program": ("{shell: 'cat data/it.json'}", "shell"),
    "what is made of another": ("{expr: \"{'arr': 'many'}\"}", "{'arr': 'many'}"),
    "optional": ("{file: data/it.json, optional: true}", "data/it.json"),
}
ASKS = (
    "{id: a, requires: {it.arr: {type: number, minimum: 1}}, llm: 'ARR {{ it.arr }}'}"
)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("CUSTOMER_KEY", SECRET)
    engine = open_engine(make_workspace(tmp_path, {}, CONFIG))
    with sqlite3.connect(tmp_path / "crm.db") as crm:
        crm.execute("create table c (arr text)")
        crm.execute("insert into c values ('many')")
    crm.close()
    write(engine, "it.json", '{"arr": "many"}')
    yield engine
    engine.database.close()


def write(engine: Engine, name: str, text: str) -> None:
    (engine.workspace.root / "data").mkdir(exist_ok=True)
    (engine.workspace.root / "data" / name).write_text(text)


def begin(engine: Engine, source: str, *steps: str, more: str = "") -> str:
    lines = ["workflow: w", "context:", f"  it: {source}", *([more] if more else [])]
    text = "\n".join([*lines, "steps:", *(f"  - {step}" for step in steps)]) + "\n"
    (engine.workspace.root / "workflows" / "w.yaml").write_text(text)
    Trust.open().trust_texts(engine.workspace.root, {"workflows/w.yaml": text.encode()})
    Importer(engine).scan()
    return start(engine, "w")


async def fill(engine: Engine, run: str, **texts: str) -> RunState:
    values = {name.replace("__", "."): text for name, text in texts.items()}
    return await asyncio.to_thread(Desk(engine, ANA).fill, run, values)


@pytest.mark.parametrize("kind", SOURCES)
async def test_whatever_source_found_it(engine: Engine, kind: str) -> None:
    source, where = SOURCES[kind]
    run = begin(engine, source, ASKS)
    async with running(engine):
        await until(engine, run, "waiting")
        (item,) = inbox(engine)
        told = f"it.arr (number), for a: must be a number; got `many`, from {where}"
        assert item.title == f"does not fit: {told}"
        assert f"the context waits for another value of {told}; you say" in why(
            engine, run
        )
        assert item.hint == f"weir fill {run} it.arr=…"
        with pytest.raises(InvalidValues, match=r"`it.arr` must be at least 1"):
            await fill(engine, run, it__arr="0")
        await fill(engine, run, it__arr="12")
        state = await until(engine, run, "succeeded")
    assert "ARR 12" in str(state.steps["a"].output)
    assert state.context == {"it": {"arr": 12}}
    assert "it.arr from a person" in provenance(state)["it"]["where"]


async def test_another_text_of_the_file_is_as_good_as_a_word(engine: Engine) -> None:
    run = begin(engine, SOURCES["JSON"][0], ASKS)
    async with running(engine) as runner:
        runner.awaiting.still = runner.awaiting.pause = 0.05
        await until(engine, run, "waiting")
        write(engine, "it.json", '{"arr": 0}')
        await comes_true(lambda: "must be at least 1; got `0`" in why(engine, run))
        write(engine, "it.json", '{"arr": 3}')
        state = await until(engine, run, "succeeded")
    assert state.context == {"it": {"arr": 3}}


async def test_what_is_made_of_it_waits_with_it(engine: Engine) -> None:
    run = begin(
        engine,
        SOURCES["JSON"][0],
        ASKS.replace("ARR", "{{ twice }}"),
        more="  twice: {expr: it.arr * 2}",
    )
    async with running(engine):
        await until(engine, run, "waiting")
        await fill(engine, run, it__arr="12")
        state = await until(engine, run, "succeeded")
    assert state.context == {"it": {"arr": 12}, "twice": 24}


async def test_what_is_made_of_a_null_is_asked_for(engine: Engine) -> None:
    write(engine, "it.json", '{"arr": null}')
    twice = "  twice: {expr: it.arr * 2}"
    run = begin(
        engine, SOURCES["JSON"][0], "{id: a, set: {x: '{{ twice }}'}}", more=twice
    )
    async with running(engine):
        await until(engine, run, "waiting")
        (item,) = inbox(engine)
        told = "missing: twice (any), for a (twice: needs it.arr, which is null)"
        assert item.title == told
        await fill(engine, run, twice="4")
        state = await until(engine, run, "succeeded")
    assert state.steps["a"].output == {"x": 4}


TEXTS = {
    ("n: number", "12.5"): 12.5,
    ("n: integer", " 7 "): 7,
    ("n: boolean", "yes"): True,
    ("n: string", "7"): "7",
    ("n: {type: array, items: integer}", "[1, 2]"): [1, 2],
}


@pytest.mark.parametrize(("said", "text"), TEXTS)
async def test_a_text_is_read_as_what_a_person_types(
    engine: Engine, said: str, text: str
) -> None:
    write(engine, "it.csv", f'n,more\n"{text}",x\n')
    rows = f"{{type: array, items: {{type: object, properties: {{{said}}}}}}}"
    run = begin(
        engine,
        "{file: data/it.csv}",
        f"{{id: a, requires: {{it: {rows}}}, set: {{x: 1}}}}",
    )
    async with running(engine):
        state = await until(engine, run, "succeeded")
    assert state.context["it"] == [{"n": TEXTS[said, text], "more": "x"}]


async def test_a_text_of_an_item_is_read_for_the_step_that_requires_it(
    engine: Engine,
) -> None:
    write(engine, "it.json", '[{"n": "1"}, {"n": "x"}]')
    run = begin(
        engine,
        SOURCES["JSON"][0],
        "{id: m, for_each: {in: it, as: row, steps: [{id: a,"
        " requires: {row.n: integer}, set: {x: '{{ row.n + 1 }}'}}]}}",
    )
    async with running(engine):
        state = await until(engine, run, "failed", "succeeded")
    assert state.steps["m[1]/a"].output == {"x": 2}
    assert "m[2]/a: row.n must be a whole number; got `x`" in state.reason


async def test_a_step_that_may_not_be_come_to_asks_when_it_is(engine: Engine) -> None:
    run = begin(
        engine,
        SOURCES["JSON"][0],
        MAYBE,
        ASKS,
    )
    async with running(engine):
        state = await until(engine, run, "waiting")
        assert state.steps["first"].status == "succeeded"
        (item,) = inbox(engine)
        assert item.path == "a"
        assert "it.arr (number), for first, a: must be a number" in item.title
        await fill(engine, run, it__arr="12")
        state = await until(engine, run, "succeeded")
    assert state.steps["a"].failures == 0


async def test_what_a_rule_reads_is_held_before_anything_is_paid_for(
    engine: Engine,
) -> None:
    run = begin(
        engine,
        SOURCES["JSON"][0],
        "{id: first, llm: Hi}",
        ASKS.replace("requires", "when: it.arr > 100, requires"),
    )
    async with running(engine):
        state = await until(engine, run, "waiting", "failed")
        assert "first" not in state.steps
        await fill(engine, run, it__arr="12")
        state = await until(engine, run, "succeeded", "failed")
    assert (state.status, state.steps["a"].status) == ("succeeded", "skipped")


async def test_what_is_put_off_is_held_when_it_is_looked_up(engine: Engine) -> None:
    write(engine, "late.json", '{"n": 1}')
    write(engine, "bad.json", '{"n": "none"}')
    run = begin(
        engine,
        SOURCES["JSON"][0],
        "{id: g, shell: 'cp data/bad.json data/late.json'}",
        "{id: b, requires: {late.n: integer}, set: {x: '{{ late.n }}'}}",
        more="  late: {file: data/late.json}",
    )
    async with running(engine):
        await until(engine, run, "waiting")
        (item,) = inbox(engine)
        assert item.path == "@context#2"
        await fill(engine, run, late__n="4")
        state = await until(engine, run, "succeeded")
    assert state.steps["b"].output == {"x": 4}


async def test_what_two_steps_say_of_it_holds_both(engine: Engine) -> None:
    run = begin(
        engine,
        SOURCES["JSON"][0],
        ASKS,
        "{id: b, requires: {it.arr: {type: number, maximum: 100}}, set: {x: 1}}",
    )
    async with running(engine):
        await until(engine, run, "waiting")
        with pytest.raises(InvalidValues, match="at most 100; got `500`"):
            await fill(engine, run, it__arr="500")
        await fill(engine, run, it__arr="50")
        await until(engine, run, "succeeded")


async def test_what_stands_in_a_value_that_is_given_has_to_fit(engine: Engine) -> None:
    run = begin(engine, SOURCES["JSON"][0], ASKS)
    async with running(engine):
        await until(engine, run, "waiting")
        with pytest.raises(InvalidValues, match=r"`it\.arr` must be a number"):
            await fill(engine, run, it='{"arr": "some"}')
        await fill(engine, run, it='{"arr": "12", "more": 1}')
        state = await until(engine, run, "succeeded")
    assert state.context == {"it": {"arr": 12, "more": 1}}


async def test_of_two_values_the_other_is_asked_for_still(engine: Engine) -> None:
    write(engine, "it.json", '{"arr": "many", "tier": 1}')
    run = begin(
        engine,
        SOURCES["JSON"][0],
        MAYBE,
        "{id: a, requires: {it.arr: number, it.tier: {enum: [x, y]}}, llm: Hi}",
    )
    async with running(engine):
        await until(engine, run, "waiting")
        state = await fill(engine, run, it__arr="1")
        assert state.steps["a"].status == "waiting"
        (item,) = inbox(engine)
        assert [value.name for value in item.values] == ["it.tier"]
        await fill(engine, run, it__tier="x")
        await until(engine, run, "succeeded")


async def test_a_step_that_says_how_it_goes_on_is_not_asked_about(
    engine: Engine,
) -> None:
    run = begin(
        engine,
        SOURCES["JSON"][0],
        ASKS.replace("llm:", "on_error: continue, llm:"),
        "{id: b, set: {said: '{{ errors.a.message }}'}}",
    )
    async with running(engine):
        state = await until(engine, run, "succeeded", "waiting")
    assert state.steps["b"].output == {"said": "it.arr must be a number; got `many`"}


async def test_a_secret_in_it_is_told_nowhere(engine: Engine) -> None:
    write(engine, "it.json", f'{{"arr": "{SECRET} and much more than can be told"}}')
    run = begin(engine, SOURCES["JSON"][0], ASKS)
    async with running(engine):
        await until(engine, run, "waiting")
        (item,) = inbox(engine)
    assert "got `‹secret KEY› and much more" in item.title
    kept = (engine.workspace.folder).rglob("*")
    assert not [
        f for f in kept if f.is_file() and SECRET[:9].encode() in f.read_bytes()
    ]


def test_a_run_does_not_begin_with_an_input_that_does_not_fit(engine: Engine) -> None:
    write(engine, "it.json", '{"arr": 1}')
    step = "{id: a, requires: {inputs.n: {type: integer, minimum: 5}}, set: {x: 1}}"
    begin(engine, SOURCES["JSON"][0], step, more=INPUTS)
    with pytest.raises(
        InvalidValues, match=r"a needs inputs.n, which must be at least"
    ):
        Desk(engine, ANA).start("w", {})


async def test_what_fits_is_asked_for_by_nobody(engine: Engine) -> None:
    write(engine, "it.json", '{"arr": 1}')
    run = begin(engine, SOURCES["JSON"][0], ASKS)
    async with running(engine):
        await until(engine, run, "succeeded", "waiting")
    with pytest.raises(CommandRefused, match="does not wait for"):
        await fill(engine, run, it__arr="2")
