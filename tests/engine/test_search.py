"""Full-text search: every text of a run, the newest first, nothing hidden."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import search
from engine.handle import Engine
from engine.inbox import inbox
from engine.machine import commands as c
from engine.machine.state import RUN_ENDED, RunStatus
from store import index, pruned
from tests.given import ANA, make_workspace, open_engine, running, start, until

WORKFLOW = """\
workflow: brief
title: Prépare a brief
inputs:
  customer: {type: string}
steps:
  - id: ask
    llm: {prompt: "Weigh the quarrel with {{ inputs.customer }}"}
  - id: page
    artifact:
      form: page
      title: Page
      sections:
        - {heading: Zeppelin, text: "{{ outputs.ask }}"}
  - id: gate
    approval: {title: Dispatch it?, show: [outputs.ask]}
  - id: last
    fail: The kettle was cold
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(make_workspace(tmp_path, {"brief.yaml": WORKFLOW}))
    yield engine
    engine.database.close()


def done(engine: Engine, customer: str) -> str:
    """A run that was asked, answered with a comment, and failed in the end."""
    run = start(engine, "brief", customer=customer)

    async def work() -> None:
        async with running(engine):
            await until(engine, run, RunStatus.WAITING)
            item = inbox(engine)[-1]
            digest = engine.load(run).approvals[item.id].digest
            decide = c.DecideApproval(item.id, "approve", digest, ANA, "Marvellous!")
            await asyncio.to_thread(engine.handle, run, decide)
            await until(engine, run, *RUN_ENDED)

    asyncio.run(work())
    return run


def found(engine: Engine, text: str) -> list[tuple[str, str]]:
    search.catch_up(engine.database)
    return [(hit.step, hit.where) for hit in search.search(engine.database, text, 20)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("globex", ("", "inputs")),
        ("quarrel GLOBEX", ("ask", "prompt")),
        ("quarr", ("ask", "prompt")),
        ("prepare", ("", "run")),
        ("PRÉPARE", ("", "run")),
        ("zeppelin", ("page", "output")),
        ("dispatch it", ("gate", "request")),
        ("marvellous", ("gate", "decision")),
        ("kettle cold", ("last", "failure")),
    ],
)
def test_every_text_of_a_run_is_found_where_it_stands(
    engine: Engine, text: str, place: tuple[str, str]
) -> None:
    done(engine, "Globex")
    assert place in found(engine, text)


@pytest.mark.parametrize(
    "text",
    ["uarrel", "nothing like it", "quarrel hooli", '"', "-", "NEAR(", "a OR b", ""],
)
def test_what_is_in_no_run_is_not_found_whatever_it_looks_like(
    engine: Engine, text: str
) -> None:
    done(engine, "Globex")
    assert found(engine, text) == []


def test_the_newest_run_comes_first_and_a_hidden_one_never(engine: Engine) -> None:
    first, second = (
        start(engine, "brief", customer="A"),
        start(engine, "brief", customer="A"),
    )
    search.catch_up(engine.database)
    assert index.newest(engine.database, "brief", 5) == [second, first]
    assert index.newest(engine.database, "brief", 5, before=second) == [first]
    engine.database.write(lambda: pruned.mark(engine.database, [second], 1.0))
    assert index.newest(engine.database, "brief", 5) == [first]


def test_a_run_that_went_on_is_found_by_its_new_words(engine: Engine) -> None:
    run = start(engine, "brief", customer="Initech")
    assert found(engine, "parenthesis") == []
    engine.handle(run, c.PauseRun(ANA, "a parenthesis"))
    assert found(engine, "parenthesis") == [("", "comment")]
    assert found(engine, "initech") == [("", "inputs")]


def test_an_index_begun_anew_finds_the_same(engine: Engine) -> None:
    done(engine, "Globex")
    before = found(engine, "globex")
    database = engine.database
    database.write(lambda: index.forget_all(database))
    assert search.search(database, "globex", 20) == []
    assert found(engine, "globex") == before


def test_a_late_writer_does_not_put_older_words(engine: Engine) -> None:
    database = engine.database
    newer, older = index.Doc("r1", 5, "new words"), index.Doc("r1", 3, "old words")
    database.write(lambda: index.put(database, [newer], 9))
    database.write(lambda: index.put(database, [older], 4))
    asked = index.matches(index.expression("new"), 5)
    assert database.rows(asked) == [("r1",)]
    assert database.rows(index.matches(index.expression("old"), 5)) == []
    assert index.position(database) == 9
