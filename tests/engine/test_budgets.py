"""What models may cost: a run that has spent it asks, and goes on with a yes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.budgets import allowed, midnight
from engine.errors import CommandRefused, InvalidValues
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.state import ApprovalState, Request, RunState
from store import approvals, stats
from tests.given import ANA, BOB, make_workspace, open_engine, running, start, until
from tests.model_server import ModelServer, says
from tui.panes.gate import read_gate

# The server's answers take 11 tokens read and 7 written: 0.07011 US dollars.
CONFIG = """provider = "house"
model = "m"
[providers.house]
base_url = "{url}"
[prices]
m = {{input = 10, output = 10000}}
"""
FLOW = """workflow: dear
BUDGET
steps:
  - {id: one, llm: {prompt: One.}}
  - {id: two, llm: {prompt: Two.}}
  - {id: three, llm: {prompt: Three.}}
  - {id: told, set: {text: "{{ outputs.three.text }}"}}
"""


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(default=says("An answer.")) as there:
        yield there


@pytest.fixture
def opened(tmp_path: Path, server: ModelServer) -> Iterator[Any]:
    made: list[Engine] = []

    def open_with(budget: str, more: str = "", flow: str = FLOW) -> Engine:
        files = {"dear.yaml": flow.replace("BUDGET", budget)}
        config = CONFIG.format(url=server.url) + more
        engine = open_engine(make_workspace(tmp_path, files, config))
        made.append(engine)
        return engine

    yield open_with
    for engine in made:
        engine.database.close()


def asked(state: RunState) -> ApprovalState:
    (pending,) = [a for a in state.approvals.values() if a.status == "pending"]
    return pending


def answer(
    engine: Engine, state: RunState, choice: str, by: Any = ANA, **inputs: Any
) -> RunState:
    gate = asked(state)
    command = c.DecideApproval(gate.id, choice, gate.digest, by, inputs=inputs)
    return engine.handle(state.id, command)


async def test_a_run_asks_when_its_budget_is_spent_and_goes_on_with_more(
    opened: Any, server: ModelServer
) -> None:
    engine = opened("budget: 0.10")
    run = start(engine, "dear")
    async with running(engine):
        state = await until(engine, run, "waiting")
        assert len(server.requests) == 2, "nothing is asked that is not paid for"
        (row,) = approvals.pending(engine.database)
        assert row.path == "three"
        request = msgspec.json.decode(row.request, type=Request)
        assert request.title == "Spend more than $0.10 in this run?"
        assert "three would ask m next. $0.1402 of $0.10 are spent" in request.text
        answer(engine, state, "approve", amount=0.05)
        state = await until(engine, run, "succeeded")
    (decided,) = approvals.of_run(engine.database, run)
    assert read_gate(engine, decided).open is False, "it can be looked at afterwards"
    assert state.steps["told"].output == {"text": "An answer."}
    assert "decisions" not in state.steps["three"].output
    assert state.steps["three"].approval == "", "it is no decision of a gate"
    assert len(server.requests) == 3


async def test_a_no_fails_the_step_and_nothing_is_asked(
    opened: Any, server: ModelServer
) -> None:
    engine = opened("budget: {run: 0.05}")
    run = start(engine, "dear")
    async with running(engine):
        state = await until(engine, run, "waiting")
        answer(engine, state, "reject")
        state = await until(engine, run, "failed")
    assert state.reason == "two: ana let nothing more be spent"
    assert len(server.requests) == 1


async def test_too_little_more_is_asked_about_again(opened: Any) -> None:
    long = FLOW.replace("Two.", "Two. " * 500)  # some 0.01 US dollars to ask
    engine = opened("budget: {run: 0.05, more: 0.03}", flow=long)
    run = start(engine, "dear")
    async with running(engine):
        state = await until(engine, run, "waiting")
        first = asked(state).id
        answer(engine, state, "approve", amount=0.001)
        state = await asks_anew(engine, run, first)
        answer(engine, state, "approve", BOB)  # what the file offers
        state = await until(engine, run, "waiting")
        assert asked(state).path == "three"


async def asks_anew(engine: Engine, run: str, known: str) -> RunState:
    """The state, once a run asks something else than that."""
    async with asyncio.timeout(30):
        while True:
            state = engine.load(run)
            pending = [a.id for a in state.approvals.values() if a.status == "pending"]
            if pending and pending != [known]:
                return state
            await asyncio.sleep(0.01)


async def test_what_is_not_answered_by_rule_changes_nothing(opened: Any) -> None:
    engine = opened("budget: 0.05")
    run = start(engine, "dear")
    async with running(engine):
        state = await until(engine, run, "waiting")
        with pytest.raises(InvalidValues, match="amount"):
            answer(engine, state, "approve")
        with pytest.raises(InvalidValues, match="amount"):
            answer(engine, state, "approve", amount=-1)
        with pytest.raises(CommandRefused, match="not a choice"):
            answer(engine, state, "rework", amount=1)
        with pytest.raises(CommandRefused, match="can't be skipped"):
            engine.handle(run, c.SkipStep("two", "we do without", ANA))
        assert engine.load(run).steps["two"].status == "waiting"
        engine.handle(run, c.CancelRun(ANA))
        assert engine.load(run).status == "cancelled"
    (row,) = approvals.of_run(engine.database, run)
    assert row.status == "withdrawn"


async def test_a_day_has_a_budget_over_all_runs(
    opened: Any, server: ModelServer
) -> None:
    engine = opened("", "[budget]\nday = 0.25\n")
    first, second = start(engine, "dear"), start(engine, "dear")
    async with running(engine):
        await until(engine, first, "succeeded", "waiting")
        await until(engine, second, "succeeded", "waiting")
        waits = [r for r in (first, second) if engine.load(r).status == "waiting"]
        assert waits
        (row, *_) = approvals.pending(engine.database)
        assert "in this workspace today" in row.title
        for run in waits:
            answer(engine, engine.load(run), "approve", amount=1)
        await until(engine, first, "succeeded")
        await until(engine, second, "succeeded")
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("run_may", "day_may", "asked_first", "asked_next"),
    [
        (0.05, 0.10, "in this run?", "in this workspace today?"),
        (0.10, 0.05, "in this workspace today?", "in this run?"),
    ],
)
async def test_a_yes_to_one_budget_lifts_no_other(
    opened: Any, run_may: float, day_may: float, asked_first: str, asked_next: str
) -> None:
    engine = opened(f"budget: {run_may}", f"[budget]\nday = {day_may}\n")
    run = start(engine, "dear")
    async with running(engine):
        state = await until(engine, run, "waiting")
        (row,) = approvals.pending(engine.database)
        assert row.title.endswith(asked_first)
        first = asked(state).id
        answer(engine, state, "approve", amount=1)
        await asks_anew(engine, run, first)
        (row,) = approvals.pending(engine.database)
        assert row.title.endswith(asked_next)


async def test_a_yes_of_an_old_history_counts_for_both_budgets(opened: Any) -> None:
    engine = opened("budget: 0.05")
    run = start(engine, "dear")
    async with running(engine):
        answer(engine, await until(engine, run, "waiting"), "approve", amount=0.05)
        await until(engine, run, "waiting")
    (row,) = approvals.approved_for(engine.database, "llm", run=run)
    assert (allowed(1, "run", [row]), allowed(1, "day", [row])) == (1.05, 1)
    request = msgspec.json.decode(row.request)
    assert (request.pop("budget"), request.pop("spent")) == ("run", 0.07011)
    old = msgspec.structs.replace(row, request=msgspec.json.encode(request))
    assert (allowed(0, "run", [old]), allowed(0, "day", [old])) == (0.05, 0.05)


async def test_a_yes_lets_more_be_spent_than_is_spent_already(
    opened: Any, server: ModelServer
) -> None:
    engine = opened("budget: {run: 0.02, more: 0.01}")
    run = start(engine, "dear")
    async with running(engine):
        state = await until(engine, run, "waiting")
        first = asked(state).id
        answer(engine, state, "approve")
        state = await asks_anew(engine, run, first)
    assert asked(state).path == "three"
    assert len(server.requests) == 2
    (row,) = approvals.pending(engine.database)
    assert row.title == "Spend more than $0.0801 in this run?"


async def test_yeses_that_were_asked_for_at_once_add_up(opened: Any) -> None:
    engine = opened("budget: 0.02")
    run = start(engine, "dear")
    async with running(engine):
        answer(engine, await until(engine, run, "waiting"), "approve", amount=0.01)
        await until(engine, run, "waiting")
    (row,) = approvals.approved_for(engine.database, "llm", run=run)
    assert allowed(0.02, "run", [row, row]) == pytest.approx(0.07011 + 0.02)
    later = row.requested_at + 1
    told = allowed(0.02, "run", [row], later)
    assert told == pytest.approx(0.03), "what was spent yesterday is not today's"


async def test_without_a_price_a_budget_can_not_be_kept(opened: Any) -> None:
    engine = opened("budget: 1", flow=FLOW.replace("One.}", "One., model: strange}"))
    run = start(engine, "dear")
    async with running(engine):
        state = await until(engine, run, "failed")
    assert "no price is known of strange" in state.reason
    assert "[prices] in weir.toml" in state.reason


async def test_the_mock_provider_costs_nothing(tmp_path: Path) -> None:
    files = {"dear.yaml": FLOW.replace("BUDGET", "budget: 0")}
    engine = open_engine(make_workspace(tmp_path, files))
    run = start(engine, "dear")
    async with running(engine):
        await until(engine, run, "succeeded")
    engine.database.close()


async def test_the_first_event_of_a_day_is_found_without_reading_them_all(
    opened: Any,
) -> None:
    engine = opened("")
    run = start(engine, "dear")
    async with running(engine):
        state = await until(engine, run, "succeeded")
    database = engine.database
    assert len([*stats.spent_since(database, state.started_at)]) == 3
    assert [*stats.spent_since(database, state.updated_at + 1)] == []
    assert midnight(state.started_at) <= state.started_at
