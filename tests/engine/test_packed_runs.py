"""Runs that are packed: all that can be asked of them, and all that can be done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import search, sound
from engine.archive import bring, write
from engine.audit import audit
from engine.handle import Engine
from engine.machine import commands as c
from engine.past import parts_at
from engine.quiet import pack_ended
from engine.stats import stats_of
from store import events, index, packing, steps
from store.changes import changes
from store.rebuilding import rows_of
from store.stats import Wanted, spent_by, spent_since
from store.tables import Event, Packed, Step
from tests.given import ANA, make_workspace, open_engine, running, start, until

NOW = 2_000_000_000.0
WORK = """\
workflow: work
inputs:
  number: {type: integer, default: 1}
steps:
  - {id: note, set: {text: "the usage of {{ inputs.number }} dropped"}}
  - {id: ask, llm: {prompt: "Why did {{ outputs.note.text }}?"}}
  - {id: other, shell: "test -e go"}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(make_workspace(tmp_path, {"work.yaml": WORK}))
    yield engine
    engine.database.close()


def failed(engine: Engine, number: int) -> str:
    run = start(engine, "work", number=number)
    finish(engine, run)
    return run


def finish(engine: Engine, run: str) -> None:
    async def work() -> None:
        async with running(engine):
            await until(engine, run, "failed", "succeeded")

    asyncio.run(work())


def pack_all(engine: Engine) -> None:
    while packing.pack(engine.database, NOW):
        pass


def told(engine: Engine) -> object:
    database = engine.database
    names = events.runs(database)
    return (
        [engine.load(name) for name in names],
        [parts_at(engine, name, 3) for name in names],
        [rows_of(database, name) for name in names],
        search.search(database, "dropped", 10),
        audit(database),
        audit(database, run=names[0], since=1.0),
        stats_of(database, Wanted(), NOW),
        [*spent_by(database, names)],
        [*spent_since(database, 1.0)],
        sound.check(engine, thorough=True),
    )


def test_a_packed_run_tells_all_that_it_did(engine: Engine) -> None:
    failed(engine, 1)
    failed(engine, 2)
    search.catch_up(engine.database)
    before = told(engine)
    pack_all(engine)
    assert engine.database.rows(Event.select(Event.run)) == []
    assert told(engine) == before


def test_an_index_that_is_made_anew_knows_packed_runs(engine: Engine) -> None:
    run = failed(engine, 7)
    pack_all(engine)
    database = engine.database
    database.write(lambda: index.forget_all(database))
    assert search.search(database, "dropped", 10) == []
    search.catch_up(database)
    assert {hit.run for hit in search.search(database, "dropped", 10)} == {run}


def test_a_packed_run_is_tried_again_and_packed_again(engine: Engine) -> None:
    run = failed(engine, 1)
    pack_all(engine)
    (engine.workspace.root / "go").touch()
    engine.handle(run, c.RetryRun(ANA))
    finish(engine, run)
    assert engine.load(run).status == "succeeded"
    assert sound.check(engine, thorough=True) == []
    before = told(engine)
    pack_all(engine)
    assert engine.database.rows(Event.select(Event.run)) == []
    assert told(engine) == before


def test_a_new_engine_acts_on_a_packed_run(engine: Engine, tmp_path: Path) -> None:
    run = failed(engine, 1)
    pack_all(engine)
    other = open_engine(tmp_path)
    other.handle(run, c.RetryRun(ANA))
    assert sound.check(other, thorough=True) == []
    other.database.close()
    assert engine.load(run).status == "running"


def test_a_packed_run_leaves_in_an_archive_and_comes_back(
    engine: Engine, tmp_path: Path
) -> None:
    run = failed(engine, 1)
    pack_all(engine)
    write.export(engine, ANA, [run], tmp_path / "one.weir", NOW)
    found = bring.bring(engine, ANA, tmp_path / "one.weir", NOW)
    assert found.there == (run,)
    place = make_workspace(tmp_path / "elsewhere", {"work.yaml": WORK})
    other = open_engine(place)
    bring.bring(other, ANA, tmp_path / "one.weir", NOW, trust=True)
    pack_all(other)
    assert other.load(run) == engine.load(run)
    assert rows_of(other.database, run) == rows_of(engine.database, run)
    other.database.close()


def test_rows_of_a_packed_run_are_made_anew(engine: Engine) -> None:
    run = failed(engine, 1)
    before = steps.of_run(engine.database, run)
    pack_all(engine)
    engine.rebuild(run)
    assert steps.of_run(engine.database, run) == before
    assert sound.check(engine, thorough=True) == []
    engine.database.write(lambda: packing.begin_again(engine.database))
    pack_all(engine)
    kept = engine.database.rows(Step.select(Step.path).where(Step.run == run))
    assert kept == [("ask",)]
    assert steps.of_run(engine.database, run) == before


async def test_a_runner_at_rest_packs_what_has_long_ended(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.quiet.EVERY", 0.01)
    run = start(engine, "work")
    async with running(engine):
        await until(engine, run, "failed")
    quiet = asyncio.create_task(pack_ended(engine.database, lambda: False, lambda: NOW))
    async with asyncio.timeout(30):
        async for _ in changes(engine.database):
            if engine.database.rows(Packed.select(Packed.run)):
                break
    quiet.cancel()
    await asyncio.gather(quiet, return_exceptions=True)
    assert engine.load(run).status == "failed"
