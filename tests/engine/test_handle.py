"""The one write path: what is remembered of a run is what is going to be on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine import states
from engine.errors import NotFound
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.state import RunState
from store import doctor, events
from tests.given import ANA, make_workspace, open_engine, start

FILES = {
    "w.yaml": "workflow: w\nsteps:\n"
    "  - {id: a, needs: [], shell: 'true'}\n  - {id: b, needs: [], run: inner}\n",
    "inner.yaml": "workflow: inner\nsteps: [{id: x, set: {x: 1}}]\n",
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(make_workspace(tmp_path, FILES))
    yield engine
    engine.database.close()


@contextmanager
def together(engine: Engine) -> Iterator[Callable[..., Future[RunState]]]:
    """Commands that share one transaction: the writer is held until all are there."""
    begun, go = threading.Event(), threading.Event()

    def hold(batch: object) -> None:
        begun.set()
        assert go.wait(20)

    held = engine.database.writer.submit(hold)
    assert begun.wait(20)
    yield engine.submit
    go.set()
    held.result()


def test_commands_of_one_transaction_build_on_each_other_when_others_have_written(
    engine: Engine, tmp_path: Path
) -> None:
    run = start(engine, "w")
    other = open_engine(tmp_path)
    other.handle(run, c.PauseRun(ANA))
    with together(engine) as submit:
        asked = [submit(run, c.ResumeRun(ANA)), submit(run, c.StartAttempt("a", "w1"))]
        asked += [submit(run, c.ReportSuccess("a", 1, "w1"))]
    assert asked[-1].result() == engine.load(run)
    assert engine.load(run).steps["a"].status == "succeeded"
    other.database.close()


def test_a_command_that_fails_half_way_takes_nothing_of_others_with_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(engine, "w")
    engine.handle(run, c.StartAttempt("b", "w1"))
    known = engine.plan

    def without_inner(version: str, pins: dict[str, str]) -> object:
        plan = known(version, pins)
        if plan.workflow.name == "inner":
            raise NotFound("the store has no such version")
        return plan

    monkeypatch.setattr(engine, "plan", without_inner)
    with together(engine) as submit:
        good = submit(run, c.StartAttempt("a", "w1"))
        failing = submit(run, c.BeginChild("b", 1, "w1", "r-inner", {}))
        after = submit(run, c.ReportSuccess("a", 1, "w1"))
    assert good.result().steps["a"].status == "running"
    with pytest.raises(NotFound):
        failing.result()
    assert after.result() == engine.load(run)
    assert engine.load(run).steps["a"].status == "succeeded"
    numbers = [event.seq for event in events.history(engine.database, run)]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert doctor.check(engine.database) == []


def test_a_run_that_is_started_by_a_paused_one_begins_paused(engine: Engine) -> None:
    run = start(engine, "w")
    engine.handle(run, c.StartAttempt("b", "w1"))
    engine.handle(run, c.PauseRun(ANA, "lunch"))
    engine.handle(run, c.BeginChild("b", 1, "w1", "r-inner", {}))
    assert engine.load("r-inner").status == "paused"
    engine.handle(run, c.ResumeRun(ANA))
    assert engine.load("r-inner").status == "running"


def test_what_is_not_on_disk_yet_is_remembered_however_large(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "MOST_BYTES", 10)
    one, other = start(engine, "w"), start(engine, "w")
    with together(engine) as submit:
        asked = [submit(run, c.PauseRun(ANA)) for run in (one, other)]
        asked += [submit(one, c.ResumeRun(ANA))]
    assert [each.result().status for each in asked] == ["paused", "paused", "running"]


def test_a_run_above_hears_of_an_end_of_the_same_moment_however_large(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "MOST_BYTES", 10)
    run = start(engine, "w")
    engine.handle(run, c.StartAttempt("b", "w1"))
    with together(engine) as submit:
        begun = submit(run, c.BeginChild("b", 1, "w1", "r0child"))
        asked = [
            submit("r0child", command)
            for command in (c.StartAttempt("x", "w1"), c.ReportSuccess("x", 1, "w1"))
        ]
    assert begun.result().steps["b"].child == "r0child"
    assert asked[-1].result().status == "succeeded"
    assert engine.load(run).steps["b"].status == "succeeded"
