"""A model is not asked the same twice, where its step says that it need not be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.desk import Desk
from engine.handle import Engine
from engine.machine.state import Actor, Earlier
from store import events, logs, pruned, steps
from tests.given import make_workspace, open_engine, running, start, until
from tests.model_server import ModelServer, says

CONFIG = """provider = "house"
model = "m"
[providers.house]
base_url = "{url}"
"""


def text(reuse: str) -> str:
    return f"""workflow: ask
inputs: {{about: string}}
steps:
  - id: draft
    llm: {{prompt: "Tell of {{{{ inputs.about }}}}.", reuse: {reuse}}}
  - id: again
    llm: {{prompt: "Tell of {{{{ inputs.about }}}}.", reuse: {reuse}}}
"""


@pytest.fixture
def server() -> Any:
    with ModelServer(default=says("An answer.")) as running_server:
        yield running_server


def opened(tmp_path: Path, server: ModelServer, reuse: str) -> Engine:
    files = {"ask.yaml": text(reuse)}
    config = CONFIG.format(url=server.url)
    return open_engine(make_workspace(tmp_path, files, config))


async def answers(engine: Engine, about: str) -> tuple[str, dict[str, Earlier | None]]:
    """A run that has ended, and whose answer each of its steps took."""
    run = start(engine, "ask", about=about)
    async with running(engine):
        state = await until(engine, run, "succeeded")
    assert state.steps["draft"].output == {"text": "An answer."}
    assert state.steps["again"].output == {"text": "An answer."}
    taken: dict[str, Earlier | None] = {}
    for record in events.history(engine.database, run):
        if record.type == "StepSucceeded":
            event = engine_event(record.data)
            taken[event.path] = event.earlier
    return run, taken


def engine_event(data: bytes) -> Any:
    from engine.machine.codec import decode

    return decode(data)


async def test_as_it_is_each_question_is_asked(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "never")
    _, taken = await answers(engine, "rain")
    assert taken == {"draft": None, "again": None}
    assert len(server.requests) == 2
    engine.database.close()


async def test_a_run_may_take_what_it_was_answered_before(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "same-run")
    first, taken = await answers(engine, "rain")
    assert taken == {"draft": None, "again": Earlier(first, "draft", "same-run")}
    second, taken = await answers(engine, "rain")
    assert taken["draft"] is None, "another run is not this one"
    assert len(server.requests) == 2
    said = "".join(line.text for line in logs.page(engine.database, second))
    assert f"not asked again: draft of {second} was answered" in said
    engine.database.close()


async def test_any_run_may_take_what_any_was_answered(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "always")
    first, _ = await answers(engine, "rain")
    second, taken = await answers(engine, "rain")
    assert taken["draft"] == Earlier(first, "draft", "always")
    _, other = await answers(engine, "snow")
    assert other["draft"] is None, "that is another question"
    assert len(server.requests) == 2
    state = engine.load(second)
    assert state.steps["draft"].reused == first
    # What was taken over is no answer of its own: the first stays the source.
    row = steps.asked(engine.database, state.steps["draft"].asked)
    assert row is not None
    assert (row.run, row.path) == (first, "draft")
    engine.database.close()


async def test_a_run_that_was_thrown_away_answers_nothing(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "always")
    first, _ = await answers(engine, "rain")
    engine.database.write(lambda: pruned.mark(engine.database, [first], 1.0))
    _, taken = await answers(engine, "rain")
    assert taken["draft"] is None
    engine.database.close()


async def test_rows_made_anew_know_what_was_asked(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "always")
    first, _ = await answers(engine, "rain")
    digest = engine.load(first).steps["draft"].asked
    before = steps.asked(engine.database, digest)
    engine.rebuild(first)
    assert before == steps.asked(engine.database, digest) is not None
    engine.database.close()


async def put_to_a_person(engine: Engine) -> tuple[str, str]:
    """A run that asks whether to take what its own first step was answered."""
    run = start(engine, "ask", about="rain")
    async with running(engine):
        state = await until(engine, run, "waiting")
    (approval,) = state.approvals
    assert state.steps["again"].offer is not None
    return run, approval


async def test_a_kept_answer_is_offered_and_taken_by_a_person(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "ask")
    run, approval = await put_to_a_person(engine)
    desk = Desk(engine, Actor("ana"))
    asked = desk.request(desk.approval(approval))
    assert asked.title == f"Take what draft of {run} was answered?"
    assert "An answer." in asked.shown[0].text
    desk.decide(approval, "approve", seen=desk.approval(approval).digest)
    async with running(engine):
        state = await until(engine, run, "succeeded")
    assert len(server.requests) == 1
    assert state.steps["again"].output == {"text": "An answer."}
    assert state.steps["again"].reused == run
    assert state.steps["again"].approval == "", "it is no gate"
    engine.database.close()


async def test_who_wants_another_answer_lets_the_model_be_asked(
    tmp_path: Path, server: ModelServer
) -> None:
    engine = opened(tmp_path, server, "ask")
    run, approval = await put_to_a_person(engine)
    server.then(says("Another one."))
    desk = Desk(engine, Actor("ana"))
    desk.decide(approval, "again", seen=desk.approval(approval).digest)
    async with running(engine):
        state = await until(engine, run, "succeeded")
    assert len(server.requests) == 2
    assert state.steps["again"].output == {"text": "Another one."}
    assert state.steps["again"].reused == ""
    engine.database.close()
