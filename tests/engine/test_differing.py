"""Two runs side by side: what differs is told, what is the same is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.changing import propose
from engine.differing.compared import Compared, compare, origin_of
from engine.errors import NotFound
from engine.handle import Engine
from engine.ids import new_id
from engine.importer import Importer
from engine.machine import commands as c
from engine.machine.state import RUN_ENDED, RunStatus
from store import artifacts, blobs
from store.records import ArtifactRecord
from tests.given import ANA, BOB, make_workspace, open_engine, running, start, until

NOTE = """\
artifact: note
title: A note to {{ inputs.who }}
sections:
  - {heading: Body, text: "Dear {{ inputs.who }},\\nall is well."}
"""
LETTER = """\
workflow: letter
inputs:
  who: {type: string}
  tone: {type: string, default: warm}
context:
  about.season: {expr: "inputs.tone ~ ' winter'"}
steps:
  - id: draft
    llm: {provider: mock, prompt: "A {{ inputs.tone }} letter to {{ inputs.who }}"}
  - id: facts
    set: {to: "{{ inputs.who }}", kept: {of: [1, 2], by: house}}
    route:
      - {when: "inputs.tone == 'cold'", to: ask}
      - {to: note}
  - id: note
    artifact: {use: note}
  - id: ask
    approval: {title: "Send it?", show: [outputs.facts]}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    files = {"letter.yaml": LETTER, "artifacts/note.yaml": NOTE}
    engine = open_engine(make_workspace(tmp_path, files))
    yield engine
    engine.database.close()


def performed(engine: Engine, *runs: str) -> None:
    async def perform() -> None:
        async with running(engine):
            for run in runs:
                await until(engine, run, *RUN_ENDED, RunStatus.WAITING)

    asyncio.run(perform())


def written(engine: Engine, **inputs: str) -> str:
    """A letter that waits at its gate."""
    run = start(engine, "letter", **inputs)
    performed(engine, run)
    return run


def answer(engine: Engine, run: str, choice: str, by: c.Actor, said: str = "") -> None:
    (gate,) = engine.load(run).approvals.values()
    command = c.DecideApproval(gate.id, choice, gate.digest, by, said)
    engine.handle(run, command)


def compared(engine: Engine, one: str, other: str, step: str = "") -> Compared:
    def read(paper: ArtifactRecord) -> str:
        return blobs.get(engine.workspace.folder, paper.digest).decode()

    return compare(engine, one, other, read, step)


def told(found: Compared, part: str) -> dict[str, tuple[str | None, str | None]]:
    of_part = [each for each in found.differences if each.part == part]
    return {
        f"{each.name} {each.what}".strip(): (each.one, each.other) for each in of_part
    }


def test_two_runs_that_went_alike_differ_in_nothing(engine: Engine) -> None:
    one, other = written(engine, who="Ana"), written(engine, who="Ana")
    found = compared(engine, one, other)
    assert found.differences == ()
    assert found.same == {
        "run": 1,
        "text": 2,
        "inputs": 2,
        "context": 1,
        "route": 1,
        "steps": 4,
        "decisions": 1,
        "artifacts": 1,
    }


def test_what_differs_is_told_by_its_part_and_the_rest_is_counted(
    engine: Engine,
) -> None:
    one, other = written(engine, who="Ana"), written(engine, who="Bo", tone="cold")
    answer(engine, one, "approve", ANA)
    answer(engine, other, "reject", BOB, "too cold")
    found = compared(engine, one, other)
    assert told(found, "run")["the run status"] == ("succeeded", "failed")
    assert told(found, "inputs") == {"who": ("Ana", "Bo"), "tone": ("warm", "cold")}
    assert told(found, "context") == {"about season": ("warm winter", "cold winter")}
    assert told(found, "route") == {
        "facts goes to": ("note", "ask (inputs.tone == 'cold')")
    }
    steps = told(found, "steps")
    assert steps["note status"] == ("succeeded", None)
    assert steps["facts output.to"] == ("Ana", "Bo")
    assert steps["draft prompt"] == ("A warm letter to Ana", "A cold letter to Bo")
    assert not any(name.startswith("facts output.kept") for name in steps)
    assert told(found, "decisions") == {
        "ask answer": ("approve by ana", "reject by bob: too cold")
    }
    before, after = told(found, "artifacts")["note text"]
    assert before is not None
    assert "Dear Ana" in before
    assert after is None
    assert found.same["text"] == 2


def test_a_changed_definition_is_told_with_what_changed_in_it(engine: Engine) -> None:
    one = written(engine, who="Ana")
    file = engine.workspace.root / "workflows/artifacts/note.yaml"
    file.write_text(NOTE.replace("all is well", "all was well"))
    Importer(engine).scan()
    other = written(engine, who="Ana")
    found = compared(engine, one, other)
    (text,) = [each for each in found.differences if each.part == "text"]
    assert text.name == "artifact/note"
    changed = text.lines((one, other))
    assert [line for line in changed[2:] if line[0] in "-+"] == [
        '-  - {heading: Body, text: "Dear {{ inputs.who }},\\nall is well."}',
        '+  - {heading: Body, text: "Dear {{ inputs.who }},\\nall was well."}',
    ]
    assert found.same["text"] == 1
    assert list(told(found, "artifacts")) == ["note text"]


def test_a_fork_is_compared_with_the_run_it_comes_from(engine: Engine) -> None:
    one = written(engine, who="Ana")
    state = engine.load(one)
    proposal = propose(engine, state, "note", {}, {}, False, "")
    fork = new_id("r")
    engine.handle(
        fork,
        c.StartRun(
            fork,
            proposal.inputs,
            proposal.closure.version,
            proposal.closure.pins,
            BOB,
            fork=proposal.fork,
            kept=proposal.kept,
        ),
    )
    performed(engine, fork)
    assert origin_of(engine, fork) == one
    found = compared(engine, one, fork)
    assert told(found, "run")["the run by"] == ("ana", "bob")
    assert told(found, "steps") == {}, "what is kept is not paid again, and no other"
    assert origin_of(engine, one) == ""


def test_one_step_is_told_alone(engine: Engine) -> None:
    one, other = written(engine, who="Ana"), written(engine, who="Bo")
    found = compared(engine, one, other, "facts")
    assert {each.name for each in found.differences} == {"facts"}
    assert found.same == {"route": 1}
    with pytest.raises(NotFound, match="no step 'fact'"):
        compared(engine, one, other, "fact")


def test_a_document_whose_bytes_are_gone_says_so_in_its_place(engine: Engine) -> None:
    one, other = written(engine, who="Ana"), written(engine, who="Bo")
    (paper,) = artifacts.of_run(engine.database, other)
    for file in engine.workspace.folder.rglob(f"*{paper.digest[4:]}*"):
        file.unlink()
    _, after = told(compared(engine, one, other), "artifacts")["note text"]
    assert after is not None
    assert "missing" in after
