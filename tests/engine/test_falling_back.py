"""Another model is asked when nobody has answered, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from engine.closure import closure
from engine.handle import Engine
from engine.llm.cassette import Call
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.codec import decode
from engine.machine.state import Cassette
from store import events, logs
from tests.given import ANA, make_workspace, open_engine, running, start, until
from tests.model_server import ModelServer, Reply, says, says_json, status

CONFIG = """provider = "house"
[limits]
providers = {house = 1, other = 1}
[providers.house]
base_url = "HOUSE"
[providers.other]
base_url = "OTHER"
model = "of-the-table"
"""
DRAFT = """workflow: draft
steps:
  - id: draft
    retry: {attempts: 2, delay: 0s}
    llm: {prompt: "Say it.", agent: writer, model: first, fallback: INSTEAD}
"""
WRITER = "agent: writer\nsystem: Be brief.\n"
SECOND = "agent: second\nprovider: other\nsystem: Never said.\n"
INSTEAD = "[{model: smaller}, second]"
BUSY = status(429, {"Retry-After": "0"})


@pytest.fixture
def house() -> Iterator[ModelServer]:
    with ModelServer(default=BUSY) as server:
        yield server


@pytest.fixture
def other() -> Iterator[ModelServer]:
    with ModelServer(default=says("From elsewhere.")) as server:
        yield server


def opened(
    root: Path, house: str, other: str, instead: str = INSTEAD, writer: str = WRITER
) -> Engine:
    files = {
        "draft.yaml": DRAFT.replace("INSTEAD", instead),
        "writer.yaml": writer,
        "second.yaml": SECOND,
    }
    config = CONFIG.replace("HOUSE", house).replace("OTHER", other)
    return open_engine(make_workspace(root, files, config))


def models(server: ModelServer) -> list[str]:
    return [asked.body["model"] for asked in server.requests]


def happened(engine: Engine, run: str) -> list[e.StepRetrying | e.StepSucceeded]:
    every = [decode(record.data) for record in events.history(engine.database, run)]
    return [x for x in every if isinstance(x, (e.StepRetrying, e.StepSucceeded))]


async def test_each_is_asked_in_turn_after_the_retries(
    tmp_path: Path, house: ModelServer, other: ModelServer
) -> None:
    engine = opened(tmp_path, house.url, other.url)
    run = start(engine, "draft")
    async with running(engine):
        state = await until(engine, run, "succeeded", "failed")
    assert models(house) == ["first", "first", "smaller"]
    assert models(other) == ["of-the-table"]
    assert other.requests[0].body["messages"] == house.requests[0].body["messages"]
    assert state.steps["draft"].output == {"text": "From elsewhere."}
    assert state.steps["draft"].attempt == 4
    *tried, ended = happened(engine, run)
    assert [x.fallback for x in tried if isinstance(x, e.StepRetrying)] == [0, 1, 2]
    used = [x.usage for x in (*tried, ended)]
    assert [(u.provider, u.model, u.agent) for u in used if u] == [
        ("house", "first", "writer"),
        ("house", "first", "writer"),
        ("house", "smaller", "writer"),
        ("other", "of-the-table", "second"),
    ]
    said = "".join(line.text for line in logs.page(engine.database, run))
    assert "asking other/of-the-table instead" in said
    engine.database.close()


async def test_what_another_has_answered_is_recorded_and_replayed(
    tmp_path: Path, house: ModelServer, other: ModelServer
) -> None:
    engine = opened(tmp_path, house.url, other.url)
    found = closure(engine, "draft")
    for provider, cassette in (
        ("", Cassette("a.jsonl", "r1")),
        ("replay", Cassette("a.jsonl")),
    ):
        run = cassette.run or "r2"
        command = c.StartRun(run, {}, found.version, found.pins, ANA)
        asked = replace(command, provider=provider, cassette=cassette)
        engine.handle(run, asked)
        async with running(engine):
            state = await until(engine, run, "succeeded", "failed")
        assert state.steps["draft"].output == {"text": "From elsewhere."}
    assert len(other.requests) == 1
    (line,) = (tmp_path / "a.jsonl").read_bytes().splitlines()
    assert msgspec.json.decode(line, type=Call).answered.usage.model == "of-the-table"
    engine.database.close()


async def test_one_that_is_not_there_is_followed_by_another(
    tmp_path: Path, other: ModelServer
) -> None:
    with ModelServer() as gone:
        nowhere = gone.url
    engine = opened(tmp_path, nowhere, other.url, "[second]")
    run = start(engine, "draft")
    async with running(engine):
        state = await until(engine, run, "succeeded", "failed")
    assert state.steps["draft"].output == {"text": "From elsewhere."}
    engine.database.close()


async def test_an_agent_may_say_it_for_all_its_steps(
    tmp_path: Path, house: ModelServer, other: ModelServer
) -> None:
    writer = f"{WRITER}fallback: [second]\n"
    files = {
        "draft.yaml": DRAFT.replace(", fallback: INSTEAD", ""),
        "writer.yaml": writer,
        "second.yaml": SECOND,
    }
    config = CONFIG.replace("HOUSE", house.url).replace("OTHER", other.url)
    engine = open_engine(make_workspace(tmp_path, files, config))
    run = start(engine, "draft")
    async with running(engine):
        state = await until(engine, run, "succeeded", "failed")
    assert state.status == "succeeded"
    assert len(other.requests) == 1
    engine.database.close()


# What is no reason to ask somebody else.
FINAL: dict[str, Reply] = {
    "a wrong key": status(401),
    "a question that is refused": status(400),
    "no such model": status(404),
    "an answer of another shape": says_json({"n": "many"}),
}


@pytest.mark.parametrize("case", FINAL)
async def test_whoever_has_answered_is_not_gone_past(
    tmp_path: Path, other: ModelServer, case: str
) -> None:
    with ModelServer(default=FINAL[case]) as house:
        engine = opened(tmp_path, house.url, other.url)
        text = DRAFT.replace("INSTEAD", INSTEAD) + "    output: {n: integer}\n"
        (tmp_path / "workflows" / "draft.yaml").write_text(text)
        engine.database.close()
        engine = open_engine(tmp_path)
        run = start(engine, "draft")
        async with running(engine):
            state = await until(engine, run, "succeeded", "failed")
    assert state.status == "failed"
    assert not other.requests
    engine.database.close()


async def test_when_all_are_silent_it_fails_and_a_retry_begins_with_the_first(
    tmp_path: Path, house: ModelServer
) -> None:
    engine = opened(tmp_path, house.url, house.url)
    run = start(engine, "draft")
    async with running(engine):
        await until(engine, run, "failed")
        assert models(house) == ["first", "first", "smaller", "of-the-table"]
        house.then(says("At last."))
        engine.handle(run, c.RetryRun(ANA))
        state = await until(engine, run, "succeeded")
    assert models(house)[4:] == ["first"]
    assert state.steps["draft"].fallback == 0
    engine.database.close()
