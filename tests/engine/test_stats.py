"""What runs tell together, by rows and by a workspace that has some."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.beginning import beginning
from engine.definition.fields import accept
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Decision
from engine.stats import Spread, asked_in, decided, spread, stats_of, step_figures
from store import approvals
from store.stats import AskedRow, StepRow, Wanted
from tests.given import ANA, make_workspace, open_engine, running, until


@pytest.mark.parametrize(
    ("seconds", "median", "most"),
    [
        ([], None, None),
        ([4.0], 4.0, 4.0),
        ([1.0, 3.0], 2.0, 3.0),
        ([3.0, 1.0, 2.0], 2.0, 3.0),
        ([float(n) for n in range(1, 11)], 5.5, 9.0),
        ([float(n) for n in range(1, 21)], 10.5, 18.0),
    ],
)
def test_the_middle_and_what_nine_of_ten_stay_under(
    seconds: list[float], median: float | None, most: float | None
) -> None:
    assert spread(seconds) == Spread(median, most)


def test_a_step_tells_its_attempts_and_which_of_them_were_retries() -> None:
    rows = [
        StepRow("a", "send", "shell", "succeeded", 3, 0.0, 4.0),
        StepRow("a", "send", "shell", "failed", 2, 5.0, 7.0),
        StepRow("b", "send", "shell", "skipped", 0, None, 9.0),
    ]
    (send,) = step_figures(rows)
    assert (send.visits, send.attempts, send.retries) == (3, 5, 3)
    assert (send.succeeded, send.failed) == (1, 1)
    assert send.took == Spread(3.0, 4.0)


def asked(run: str, since: float, until: float | None, *choices: str) -> AskedRow:
    said = [Decision(choice=each, digest="", by=ANA, at=since) for each in choices]
    status = "approved" if choices else "expired" if until else "pending"
    return AskedRow(run, status, since, until, msgspec.json.encode(said))


def test_two_questions_at_once_are_waited_for_once() -> None:
    rows = [
        asked("a", 0, 10),
        asked("b", 1, 2),
        asked("a", 5, 8),
        asked("a", 9, 12),
        asked("a", 20, None),
    ]
    assert asked_in(rows, now=25) == {"a": 17, "b": 1}


def test_answers_are_counted_by_choice_and_silence_by_its_name() -> None:
    rows = [
        asked("a", 0, 1, "approve"),
        asked("b", 0, 1, "approve", "reject"),
        asked("c", 0, 1),
        asked("d", 0, None),
    ]
    assert decided(rows) == {"approve": 2, "reject": 1, "expired": 1, "pending": 1}


FILES = {
    "front.yaml": """workflow: front
inputs: {n: integer}
variants: {use: {plain: 1, asking: 1}, by: inputs.n}
""",
    "plain.yaml": """workflow: plain
inputs: {n: integer}
steps:
  - {id: draft, llm: "Write of {{ inputs.n }}"}
""",
    "asking.yaml": """workflow: asking
inputs: {n: integer}
steps:
  - {id: gate, approval: {title: "Go on?"}, route: [{choice: approve, to: end}]}
""",
    "failing.yaml": """workflow: failing
steps:
  - id: work
    shell: exit 3
    safe: true
    retry: {attempts: 2, delay: 10ms, on: ["exit:3"]}
""",
}


def begin(engine: Engine, workflow: str, **inputs: object) -> str:
    begins = beginning(engine, workflow, inputs)
    found, run = begins.closure, new_id("r")
    given = accept(found.workflow.inputs, begins.inputs)
    start = c.StartRun(
        run, given, found.version, found.pins, ANA, variant=begins.variant
    )
    engine.handle(run, start)
    return run


async def test_a_workspace_tells_its_figures_by_variant(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, FILES))
    database = engine.database
    async with running(engine):
        begun = [begin(engine, "front", n=n) for n in range(8)]
        failing = begin(engine, "failing")
        for run in begun:
            state = await until(engine, run, "succeeded", "waiting")
            for approval in approvals.of_runs(database, [run]):
                row = approvals.get(database, approval.id)
                assert row is not None
                engine.handle(run, c.DecideApproval(row.id, "approve", row.digest, ANA))
            state = await until(engine, run, "succeeded")
            assert state.variant is not None
        await until(engine, failing, "failed")
    whole = stats_of(database, Wanted(), now=engine.clock())
    assert [each.workflow for each in whole] == ["failing", "front"]
    (front,) = stats_of(database, Wanted("front"), now=engine.clock())
    assert front.figures.runs == 8
    assert front.figures.succeeded == 1.0
    assert set(front.variants) == {"plain", "asking"}
    plain, asking = front.variants["plain"], front.variants["asking"]
    assert plain.runs + asking.runs == 8
    assert plain.spent.input_tokens > 0
    assert asking.spent.input_tokens == 0
    assert asking.decisions == {"approve": asking.runs}
    assert asking.asked.median is not None
    assert plain.asked.median is None
    assert [step.step for step in plain.steps] == ["draft"]
    (failed,) = stats_of(database, Wanted("failing"), now=engine.clock())
    (work,) = failed.figures.steps
    assert (work.visits, work.failed, work.retries) == (1, 1, 1)
    assert failed.figures.succeeded == 0.0
    assert stats_of(database, Wanted(since=engine.clock() + 1), engine.clock()) == []
    assert stats_of(database, Wanted(project="none"), engine.clock()) == []
    engine.database.close()
