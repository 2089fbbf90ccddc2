"""Facts about the one sentence that says where a run stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.handle import Engine
from engine.machine import commands as c
from engine.why import why
from store.records import LogRecord
from tests.given import ANA, make_workspace, open_engine, start

FILES = {
    "work.yaml": """\
workflow: work
timeout: 1h
steps:
  - {id: book, shell: "true", undo: {shell: "true"}}
  - {id: send, shell: "true"}
finally:
  - {id: tidy, shell: "true"}
""",
    "above.yaml": "workflow: above\nsteps:\n  - {id: sub, run: work}\n",
    "many.yaml": """\
workflow: many
steps:
  - {id: m, for_each: {in: "range(7)", steps: [{id: x, shell: "true"}]}}
""",
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(make_workspace(tmp_path / "place", FILES))
    yield engine
    engine.database.close()


def work(engine: Engine, run: str, path: str, *, ends: bool = True) -> None:
    engine.handle(run, c.StartAttempt(path, "w1"))
    if ends:
        engine.handle(run, c.ReportSuccess(path, 1, "w1"))


def test_a_run_that_pauses_names_what_still_finishes(engine: Engine) -> None:
    run = start(engine, "work")
    work(engine, run, "book", ends=False)
    engine.handle(run, c.PauseRun(ANA, "lunch"))
    assert why(engine, run) == (
        f"{run} is pausing: lunch: book will still finish, and nothing new begins;"
        f" `weir resume {run}` goes on"
    )
    engine.handle(run, c.ReportSuccess("book", 1, "w1"))
    assert why(engine, run) == f"{run} is paused: lunch; `weir resume {run}` goes on"


def test_a_run_at_its_end_says_how_it_ends(engine: Engine) -> None:
    run = start(engine, "work")
    engine.handle(run, c.CancelRun(ANA))
    words = (
        f"{run} has been cancelled: cancelled by ana; what is done at its end: tidy has"
    )
    assert why(engine, run).startswith(words)


def test_a_step_that_waits_for_its_turn_says_so(engine: Engine) -> None:
    run = start(engine, "work")
    work(engine, run, "book", ends=False)
    assert why(engine, run).endswith("book is being done, attempt 1, for 0s now")
    say(engine, run, "info", "mock takes no more now; waits 3.0 s\n")
    assert why(engine, run).endswith(
        "for 0s now; its log ends: mock takes no more now; waits 3.0 s"
    )
    say(engine, run, "llm", "Dear")  # it has its turn
    assert why(engine, run).endswith("for 0s now")


def say(engine: Engine, run: str, stream: str, text: str) -> None:
    line = LogRecord(
        run=run, path="book", attempt=1, at=engine.clock(), stream=stream, text=text
    )
    engine.log([line]).result()


def test_a_run_that_is_rolled_back_says_what_it_waits_for(engine: Engine) -> None:
    run = start(engine, "work")
    work(engine, run, "book")
    engine.handle(run, c.RollBack("", ANA))
    words = f"{run} is being rolled back: book~undo has been ready"
    assert why(engine, run).startswith(words)
    engine.handle(run, c.StartAttempt("book~undo", "w1"))
    engine.handle(run, c.ReportLost("book~undo", 1, "w1", "its runner is gone"))
    assert "book is not undone (its runner is gone); you say: `weir mark" in why(
        engine, run
    )
    engine.handle(run, c.ResolveStep("book~undo", "done", ANA))
    ended = f"{run} has been rolled back; `weir retry {run}` begins anew"
    assert why(engine, run) == ended


def test_a_run_that_waits_for_another_says_why_that_one_does(engine: Engine) -> None:
    run = start(engine, "above")
    engine.handle(run, c.StartAttempt("sub", "w1"))
    engine.handle(run, c.BeginChild("sub", 1, "w1", "r-inner", {}))
    words = "sub waits for run r-inner, where book has been ready"
    assert why(engine, run).startswith(words)


def test_a_run_of_many_arms_names_the_few(engine: Engine) -> None:
    run = start(engine, "many")
    assert why(engine, run).count("has been ready") == 5
    assert why(engine, run).endswith("; and so do 2 more")
