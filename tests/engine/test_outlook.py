"""What a gate of an inner run tells of past runs, and of what they have started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Request, Usage
from engine.outlook import Outlook, outlook
from store import approvals, runs
from tests.given import ANA, make_workspace, open_engine, start

FILES = {
    "top.yaml": "workflow: top\nsteps: [{id: all, run: middle}]\n",
    "middle.yaml": "workflow: middle\nsteps:\n"
    "  - {id: ask, approval: {title: Well?}}\n  - {id: more, run: below}\n",
    "below.yaml": "workflow: below\nsteps: [{id: think, llm: {prompt: x}}]\n",
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(make_workspace(tmp_path, FILES))
    yield engine
    engine.database.close()


def inside(engine: Engine, run: str, path: str) -> str:
    """The run that a step of another starts."""
    engine.handle(run, c.StartAttempt(path, "w1"))
    child = new_id("r")
    engine.handle(run, c.BeginChild(path, 1, "w1", child))
    return child


def asking(engine: Engine) -> tuple[str, str]:
    """A run in the middle that has come to its gate, and the gate."""
    middle = inside(engine, start(engine, "top"), "all")
    engine.handle(middle, c.StartAttempt("ask", "w1"))
    gate = new_id("a")
    asked = c.RequestApproval("ask", 1, "w1", gate, Request("?"), "d" * 64)
    engine.handle(middle, asked)
    return middle, gate


def ahead(engine: Engine, gate: str) -> Outlook:
    asked = approvals.get(engine.database, gate)
    assert asked is not None
    found = outlook(engine, asked)
    assert found is not None
    return found


def test_a_run_inside_another_is_told_what_was_paid_below_it(engine: Engine) -> None:
    middle, gate = asking(engine)
    engine.handle(middle, c.DecideApproval(gate, "approve", "d" * 64, ANA))
    below = inside(engine, middle, "more")
    engine.handle(below, c.StartAttempt("think", "w1"))
    used = Usage("m", "openai", input_tokens=1000, cost=0.5)
    report = c.ReportSuccess("think", 1, "w1", {"text": "so"}, usage=used)
    engine.handle(below, report)
    assert ahead(engine, gate).spent.cost == 0.5
    _, other = asking(engine)
    found = ahead(engine, other)
    assert (found.runs, found.cost.most, found.spent.cost) == (1, 0.5, 0.0)


def test_a_family_is_of_the_run_that_is_asked_about(engine: Engine) -> None:
    top = start(engine, "top")
    middle = inside(engine, top, "all")
    other = start(engine, "top")
    assert runs.families(engine.database, [top, other]) == {
        top: top,
        middle: top,
        other: other,
    }
    assert runs.families(engine.database, [middle]) == {middle: middle}
