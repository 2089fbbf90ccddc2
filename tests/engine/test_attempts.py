"""Attempts at one step: what each was asked, came to, and took."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.differing.attempts import attempts
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.state import Failure, Usage
from store.records import LogRecord
from tests.given import Clock, make_workspace, open_engine, start

TRIED = """\
workflow: tried
steps:
  - {id: draft, llm: {prompt: Hello}, retry: {attempts: 3, delay: 1s}}
  - {id: last, set: {x: 1}}
"""
CLOCK = Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    CLOCK.now = 1_800_000_000.0
    engine = open_engine(make_workspace(tmp_path, {"tried.yaml": TRIED}), CLOCK)
    yield engine
    engine.database.close()


def logged(engine: Engine, run: str, attempt: int, stream: str, text: str) -> None:
    piece = LogRecord(
        run=run, path="draft", attempt=attempt, at=1.0, stream=stream, text=text
    )
    engine.log([piece]).result()


def twice(engine: Engine) -> str:
    """A run whose first attempt at `draft` failed, and whose second did it."""
    run = start(engine, "tried")
    engine.handle(run, c.StartAttempt("draft", "w1"))
    logged(engine, run, 1, "prompt", "Hello")
    logged(engine, run, 1, "llm", "Hi ther")
    CLOCK.now += 4
    used = Usage("tiny", "house", 5, 2, cost=0.25)
    failed = Failure("model", "cut short")
    engine.handle(run, c.ReportFailure("draft", 1, "w1", failed, used))
    CLOCK.now += 2
    engine.handle(run, c.FireTimer("draft"))
    engine.handle(run, c.StartAttempt("draft", "w1"))
    logged(engine, run, 2, "prompt", "Hello")
    logged(engine, run, 2, "llm", "Hi there")
    logged(engine, run, 2, "info", "a word about it")
    CLOCK.now += 1
    engine.handle(run, c.ReportSuccess("draft", 2, "w1", {"text": "Hi there"}))
    return run


def test_each_attempt_is_told_with_all_that_came_of_it(engine: Engine) -> None:
    first, second = attempts(engine, twice(engine), "draft")
    assert first.sides() == {
        "status": "failed",
        "why": "cut short",
        "took": "4.0 s",
        "model": "house/tiny",
        "cost": "5 tokens read, 2 written, $0.25",
        "prompt": "Hello",
        "answer": "Hi ther",
        "log": "",
        "output": "",
    }
    told = second.sides()
    assert (told["status"], told["why"], told["took"]) == ("succeeded", "", "1.0 s")
    assert (told["answer"], told["log"]) == ("Hi there", "a word about it")
    assert told["output"] == '{\n  "text": "Hi there"\n}'


def test_an_attempt_under_way_has_no_end_yet(engine: Engine) -> None:
    run = twice(engine)
    engine.handle(run, c.StartAttempt("last", "w1"))
    (only,) = attempts(engine, run, "last")
    assert (only.status, only.ended) == ("running", None)


def test_a_step_that_was_not_begun_has_no_attempts(engine: Engine) -> None:
    assert attempts(engine, start(engine, "tried"), "draft") == []
