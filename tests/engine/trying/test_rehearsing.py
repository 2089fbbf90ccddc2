"""Past runs, played again by what the files say now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.handle import Engine
from engine.machine import commands as c
from engine.trying.files import library_of
from engine.trying.rehearsing import Rehearsed, ended_runs, rehearse
from tests.given import ANA, make_workspace, open_engine, running, start, until

FLOW = """workflow: judge
inputs: {n: integer}
steps:
  - {id: look, shell: "echo {{ inputs.n }}", safe: true}
  - id: level
    set: {high: "{{ inputs.n > 5 }}"}
    route: [{when: outputs.level.high, to: ask}, {to: note}]
  - id: ask
    approval: {title: "High: {{ inputs.n }}. Go on?", choices: [approve, again, reject]}
    route: [{choice: approve, to: note}, {choice: again, to: look}]
  - {id: note, llm: {prompt: "Say that {{ outputs.look.stdout }} is well."}}
  - id: inner
    run: child
    with: {said: "{{ outputs.note.text }}"}
    unattended: true
"""
CHILD = """workflow: child
inputs: {said: text}
steps: [{id: keep, shell: [echo, "{{ inputs.said }}"], safe: true}]
"""

LATE = """workflow: late
context: {note: {file: note.txt}}
steps:
  - {id: first, set: {x: 1}}
  - {id: told, set: {note: "{{ note }}"}}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    root = make_workspace(
        tmp_path, {"judge.yaml": FLOW, "child.yaml": CHILD, "late.yaml": LATE}
    )
    engine = open_engine(root)
    yield engine
    engine.database.close()


async def went(engine: Engine, n: int, *choices: str) -> str:
    run = start(engine, "judge", n=n)
    async with running(engine):
        for choice in choices:
            state = await until(engine, run, "waiting")
            (gate,) = [a for a in state.approvals.values() if a.status == "pending"]
            engine.handle(run, c.DecideApproval(gate.id, choice, gate.digest, ANA))
        await until(engine, run, "succeeded", "failed", "cancelled")
    return run


def now(engine: Engine, run: str, *changes: tuple[str, str]) -> Rehearsed:
    file = engine.workspace.root / "workflows/judge.yaml"
    text = FLOW
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file.write_text(text)
    return rehearse(engine, run, library_of(engine.workspace))


async def test_by_the_same_text_every_run_goes_as_it_went(engine: Engine) -> None:
    found = [
        await went(engine, 1),
        await went(engine, 9, "again", "approve"),
        await went(engine, 7, "reject"),
    ]
    for run in found:
        was = engine.load(run).status.value
        assert now(engine, run) == Rehearsed(run, was, was)
    listed = ended_runs(engine, "judge", 2)
    assert [each.id for each in listed] == found[:0:-1]


async def test_what_a_change_would_have_meant_is_told(engine: Engine) -> None:
    run = await went(engine, 7, "approve")
    said = now(engine, run, ("inputs.n > 5", "inputs.n > 8"))
    assert said.would == "succeeded"
    assert said.otherwise == (
        "after level it would go to note instead of ask",
        'level would leave “{"high":false}” instead of “{"high":true}”',
    )
    said = now(engine, run, ("is well", "is fine"))
    assert said.otherwise == (
        "the prompt of note would be another: -1 +1 lines; first: “Say that 7 is"
        " fine.”",
    )
    fewer = (
        "choices: [approve, again, reject]",
        "choices: [{name: fine, approves: true}, {name: no}]",
    )
    named = ("{choice: approve, to: note}", "{choice: fine, to: note}")
    others = ("{choice: again, to: look}", "{choice: no, to: look}")
    said = now(engine, run, fewer, named, others)
    assert said.would == "stuck"
    assert "the decision at ask is refused" in said.otherwise[0]


async def test_a_new_step_of_a_run_inside_is_told_by_its_place(engine: Engine) -> None:
    run = await went(engine, 1)
    more = CHILD.replace("safe: true}]", "safe: true}, {id: tell, shell: ls}]")
    (engine.workspace.root / "workflows/child.yaml").write_text(more)
    said = now(engine, run)
    assert said.would == "stuck"
    assert said.otherwise == (
        "it would come to inner/tell (shell), of which the run tells no answer; what"
        " follows can't be told",
    )


async def test_a_step_of_which_nothing_is_recorded_is_where_it_stops(
    engine: Engine,
) -> None:
    run = await went(engine, 1)
    renamed = ('id: look, shell: "echo', 'id: glance, shell: "echo')
    read = ("outputs.look", "outputs.glance")
    said = now(engine, run, renamed, read, ("to: look", "to: glance"))
    assert said.would == "stuck"
    assert "it would come to glance (shell)" in said.otherwise[0]


async def test_what_a_person_steered_is_not_rehearsed(engine: Engine) -> None:
    run = start(engine, "judge", n=7)
    async with running(engine):
        await until(engine, run, "waiting")
        engine.handle(run, c.GoBack("look", ANA))
        state = await until(engine, run, "waiting")
        (gate,) = [a for a in state.approvals.values() if a.status == "pending"]
        engine.handle(run, c.DecideApproval(gate.id, "approve", gate.digest, ANA))
        await until(engine, run, "succeeded")
    assert now(engine, run).why == "someone went back in it"


async def test_the_context_is_what_was_found_then(engine: Engine) -> None:
    note = engine.workspace.root / "note.txt"
    note.write_text("as it was")
    run = start(engine, "late")
    async with running(engine):
        await until(engine, run, "succeeded")
    note.write_text("as it is")
    library = library_of(engine.workspace)
    found = await asyncio.to_thread(rehearse, engine, run, library)
    assert found == Rehearsed(run, "succeeded", "succeeded")
