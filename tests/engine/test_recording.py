"""What is recorded of a run, beside forks, reuse and what is thrown away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine import keeping, recording
from engine.changing import propose
from engine.closure import closure
from engine.handle import Engine
from engine.ids import new_id
from engine.llm import cassette as cassettes
from engine.machine import commands as c
from engine.machine.state import Cassette, RunState
from tests.given import ANA, make_workspace, open_engine, running, until
from tests.model_server import ModelServer, says

CONFIG = """[providers.one]
base_url = "{url}"
model = "m"
[providers.two]
base_url = "{url}"
model = "m"
"""
TWICE = """workflow: twice
steps:
  - {id: a, llm: {prompt: "Which?", provider: one, reuse: REUSE}}
  - {id: b, llm: {prompt: "Which?", provider: two, reuse: REUSE}}
  - {id: c, llm: {prompt: "Which?", provider: two, reuse: REUSE}}
"""
TAPE = "a.jsonl"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer([says(f"Answer {n}.") for n in range(1, 9)]) as running_server:
        yield running_server


def opened(tmp_path: Path, server: ModelServer, reuse: str) -> Engine:
    files = {"twice.yaml": TWICE.replace("REUSE", reuse)}
    return open_engine(make_workspace(tmp_path, files, CONFIG.format(url=server.url)))


def begin(engine: Engine, provider: str, cassette: Cassette | None) -> str:
    found = closure(engine, "twice")
    run = cassette.run if cassette and cassette.run else new_id("r")
    command = c.StartRun(
        run, {}, found.version, found.pins, ANA, provider=provider, cassette=cassette
    )
    engine.handle(run, command)
    return run


async def ended(
    engine: Engine, provider: str = "", cassette: Cassette | None = None
) -> RunState:
    run = begin(engine, provider, cassette)
    async with running(engine):
        return await until(engine, run, "succeeded", "failed")


def said(state: RunState) -> list[str]:
    return [state.steps[path].output["text"] for path in ("a", "b", "c")]


@pytest.mark.parametrize("reuse", ["same-run", "always"])
async def test_a_cassette_holds_a_run_whole_and_a_replay_takes_what_it_took(
    tmp_path: Path, server: ModelServer, reuse: str
) -> None:
    engine = opened(tmp_path, server, reuse)
    await ended(engine)
    assert len(server.requests) == 2
    first = await ended(engine, cassette=Cassette(TAPE, new_id("r")))
    assert said(first) == ["Answer 3.", "Answer 4.", "Answer 4."]
    assert len(server.requests) == 4, "answers of other runs are not in the cassette"
    again = await ended(engine, "replay", Cassette(TAPE))
    assert said(again) == said(first)
    assert len(server.requests) == 4
    engine.database.close()


async def test_a_fork_is_played_from_the_same_and_never_recorded(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "never")
    first = await ended(engine, cassette=Cassette(TAPE, new_id("r")))
    assert propose(engine, first, "b", {}, {}, False, "").cassette is None
    again = await ended(engine, "replay", Cassette(TAPE))
    proposed = propose(engine, again, "b", {}, {}, False, "")
    assert proposed.cassette == Cassette(TAPE)
    engine.database.close()


async def test_a_purged_run_takes_its_own_cassette_along(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "never")
    own = recording.recorded(engine.workspace, "", new_id("r"), "", force=False)
    run = (await ended(engine, cassette=own)).id
    assert cassettes.read(engine.workspace.root, own.file)
    await ended(engine, cassette=Cassette(TAPE, new_id("r")))
    keeping.prune(engine.database, ANA, [run], 1.0)
    assert keeping.purge(engine.database, ANA, [run], 2.0) == 1
    assert not (engine.workspace.root / own.file).exists()
    assert (engine.workspace.root / TAPE).exists(), "what a person named is theirs"
    engine.database.close()


async def test_what_a_killed_runner_had_recorded_is_asked_again_and_the_last_counts(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "never")
    tape = Cassette(TAPE, new_id("r"))
    first = await ended(engine, cassette=tape)
    root = engine.workspace.root
    (turns,) = cassettes.calls_in(cassettes.read(root, TAPE), TAPE)["a"]
    lost, kept = turns[0], replace(turns[0], attempt=2)
    other = replace(kept.answered, text="Answer 99.")
    (root / TAPE).unlink()
    cassettes.append(root, tape, lost)
    cassettes.append(root, tape, replace(kept, answered=other))
    again = await ended(engine, "replay", Cassette(TAPE))
    assert again.steps["a"].output == {"text": "Answer 99."}
    assert again.steps["b"].error is not None
    assert "it holds no answer for b (for: a)" in again.steps["b"].error.message
    assert first.steps["a"].output == {"text": "Answer 1."}
    engine.database.close()


async def test_what_could_not_be_kept_is_not_asked(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "never")
    state = await ended(engine, cassette=Cassette("gone/a.jsonl", new_id("r")))
    error = state.steps["a"].error
    assert error is not None
    assert "can't be written (there is no gone/a.jsonl in the workspace)" in (
        error.message
    )
    assert "so the model was not asked" in error.message
    assert not server.requests
    (tmp_path / "gone").mkdir()
    engine.handle(state.id, c.RetryRun(ANA))
    async with running(engine):
        state = await until(engine, state.id, "succeeded")
    assert cassettes.read(engine.workspace.root, "gone/a.jsonl").count(b"\n") == 3
    engine.database.close()


async def test_a_replay_spends_nothing_of_a_budget(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "never")
    first = await ended(engine, cassette=Cassette(TAPE, new_id("r")))
    engine.database.close()
    text = TWICE.replace("REUSE", "never").replace("steps:", "budget: 0.000001\nsteps:")
    table = '[providers.tape]\nprotocol = "replay"\n'
    config = CONFIG.format(url=server.url) + table
    engine = open_engine(make_workspace(tmp_path, {"twice.yaml": text}, config))
    again = await ended(engine, "tape", Cassette(TAPE))
    assert said(again) == said(first)
    engine.database.close()


def test_a_path_may_be_given_from_the_root(tmp_path: Path, server: ModelServer) -> None:
    engine = opened(tmp_path, server, "never")
    full = str(engine.workspace.root / "a.jsonl")
    found = recording.recorded(engine.workspace, "", "r1", full, force=False)
    assert found == Cassette("a.jsonl", "r1")
    engine.database.close()
