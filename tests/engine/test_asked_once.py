"""What a model was asked is kept once over turns, retries, runs, forks and archives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import keeping
from engine.archive import bring, write
from engine.changing import propose
from engine.handle import Engine
from engine.inside import inside
from engine.machine import commands as c
from store import logs
from store.tables import Message
from tests.given import ANA, make_workspace, open_engine, running, start, until

TOOLS = [f"look-{n}" for n in range(10)]
SYSTEM = "You answer for the team that renews contracts, and ask before you do. " * 10
FOUND = "The customer was looked up in the system of record; nothing unusual. " * 5
FILES = {
    **{
        f"{name}.yaml": f"step: {name}\ninputs: {{of: string}}\n"
        f'set: {{found: "{name} of {{{{ inputs.of }}}}: {FOUND}"}}\n'
        for name in TOOLS
    },
    "hand.yaml": f"agent: hand\nsystem: {SYSTEM}\nmax_turns: 20\n"
    f"tools: [{', '.join(TOOLS)}]\n",
    "ask.yaml": """workflow: ask
steps: [{id: a, llm: {agent: hand, prompt: Is all well with them?}}]
""",
}
NOW = 2_000_000_000.0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(make_workspace(tmp_path / "one", FILES))
    yield engine
    engine.database.close()


async def went(engine: Engine) -> str:
    run = start(engine, "ask")
    async with running(engine):
        await until(engine, run, "succeeded")
    return run


def kept(engine: Engine) -> list[str]:
    return [text for (text,) in engine.database.rows(Message.select(Message.text))]


def asked(engine: Engine, run: str) -> list[str]:
    """Every question of a run, whole, in the order of its turns."""
    return [question.prompt for question in inside(engine, run).questions]


async def test_a_loop_of_ten_turns_keeps_each_message_once(engine: Engine) -> None:
    run = await went(engine)
    questions = asked(engine, run)
    assert len(questions) == len(TOOLS) + 1
    assert all(text.startswith(SYSTEM.strip()) for text in questions)
    assert questions[-1].count(FOUND.strip()) == len(TOOLS)
    whole = sum(len(text) for text in questions)
    once = sum(len(text) for text in kept(engine))
    assert len(kept(engine)) == 1 + len(TOOLS), "the system's words, and each result"
    assert once < len(questions[-1])
    assert whole > 5 * once


async def test_a_fork_and_another_run_keep_what_differs(engine: Engine) -> None:
    run = await went(engine)
    before = kept(engine)
    made = propose(engine, engine.load(run), "a", {}, {}, False, "")
    again = c.StartRun(
        "rfork",
        made.inputs,
        made.closure.version,
        made.closure.pins,
        ANA,
        fork=made.fork,
        kept=made.kept,
    )
    engine.handle("rfork", again)
    async with running(engine):
        await until(engine, "rfork", "succeeded")
    assert asked(engine, "rfork") == asked(engine, run)
    assert kept(engine) == before


async def test_an_archive_carries_what_was_asked(
    engine: Engine, tmp_path: Path
) -> None:
    run = await went(engine)
    was, said = asked(engine, run), logs.stored(engine.database, run)
    file = tmp_path / "runs.weir"
    write.export(engine, ANA, [run], file, NOW)
    keeping.prune(engine.database, ANA, [run], NOW)
    keeping.purge(engine.database, ANA, [run], NOW)
    assert kept(engine) == []
    bring.bring(engine, ANA, file, NOW)
    assert asked(engine, run) == was
    texts = [record.text for record in logs.stored(engine.database, run)]
    assert texts == [record.text for record in said]
    assert len(kept(engine)) == 1 + len(TOOLS)
