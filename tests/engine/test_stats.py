"""What runs tell together, by rows and by a workspace that has some."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.beginning import beginning
from engine.definition.fields import accept
from engine.figures import Spread, spread
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Decision, Usage
from engine.stats import days_of, stats_of, whole_of
from engine.tally import OneRun, Tally, asked_in, decided
from store import approvals
from store.stats import AT_ONCE, AskedRow, RunRow, StepRow, Wanted
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


def step(path: str, kind: str, status: str, attempt: int, *times: float) -> StepRow:
    begun, ended = (*times, None, None)[:2]
    return StepRow("r", path, path.split("#")[0], kind, status, attempt, begun, ended)


def one(*steps: StepRow, used: tuple[tuple[str, Usage], ...] = ()) -> OneRun:
    run = RunRow("r", "ship", "", "running", 0.0, None)
    return OneRun(run, steps, None, (), used)


def added(*runs: OneRun) -> Tally:
    tally = Tally()
    for each in runs:
        tally.add(each)
        tally.add_steps(each)
    return tally


def test_a_step_tells_its_attempts_and_which_of_them_were_retries() -> None:
    (send,) = (
        added(
            one(
                step("send", "shell", "failed", 2, 5.0, 7.0),
                step("send#2", "shell", "succeeded", 3, 0.0, 4.0),
            ),
            one(StepRow("r", "send", "send", "shell", "skipped", 0, None, 9.0)),
            one(step("send", "shell", "retrying", 1, 6.0)),
        )
        .figures()
        .steps
    )
    assert (send.visits, send.attempts, send.retries) == (4, 6, 3)
    assert (send.succeeded, send.failed, send.open) == (1, 1, 1)
    assert send.took == Spread(3.0, 4.0)


def test_a_step_is_completed_once_by_a_run_that_comes_to_it_twice() -> None:
    figures = added(
        one(
            step("draft", "set", "succeeded", 1, 0.0, 1.0),
            step("draft#2", "set", "succeeded", 1, 2.0, 3.0),
        ),
        one(step("draft", "set", "failed", 1, 0.0, 1.0)),
    ).figures()
    assert [(s.step, s.completed) for s in figures.steps] == [("draft", 1)]


def test_the_share_of_time_is_that_of_steps_that_are_attempted() -> None:
    figures = added(
        one(
            step("all", "parallel", "succeeded", 0, 0.0, 10.0),
            step("ask", "approval", "succeeded", 1, 0.0, 6.0),
            step("send", "shell", "succeeded", 1, 6.0, 8.0),
            step("rest", "shell", "running", 1, 8.0),
        )
    ).figures()
    shares = {step.step: step.share for step in figures.steps}
    assert shares == {"all": None, "ask": 0.75, "send": 0.25, "rest": 0.0}


def test_what_models_cost_is_told_by_step_and_by_agent_the_dearest_first() -> None:
    steps = [step(name, "llm", "succeeded", 1, 0.0, 1.0) for name in ("a", "b", "b#2")]
    used = (
        ("a", Usage("tiny", "house", 1, 2, cost=0.25, agent="cheap")),
        ("b", Usage("big", "house", 10, 20, cost=1.0, agent="clever")),
        ("b#2", Usage("big", "house", 10, 20, cost=2.0, agent="clever")),
    )
    figures = added(one(*steps, used=used)).figures()
    assert [(s.step, s.spent.cost) for s in figures.steps] == [("a", 0.25), ("b", 3.0)]
    assert figures.spent.cost == 3.25
    found = [(a.agent, a.model, a.asked, a.spent.cost) for a in figures.agents]
    assert found == [
        ("clever", "house/big", 2, 3.0),
        ("cheap", "house/tiny", 1, 0.25),
    ]


def asked(since: float, until: float | None, *choices: str) -> AskedRow:
    said = [Decision(choice=each, digest="", by=ANA, at=since) for each in choices]
    status = "approved" if choices else "expired" if until else "pending"
    return AskedRow("r", status, since, until, msgspec.json.encode(said))


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ([], None),
        ([(1, 2)], 1),
        ([(0, 10), (5, 8), (9, 12), (20, None)], 17),
        ([(10, None)], 15),
    ],
)
def test_two_questions_at_once_are_waited_for_once(
    times: list[tuple[float, float | None]], seconds: float | None
) -> None:
    assert asked_in([asked(*each) for each in times], now=25) == seconds


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (asked(0, 1, "approve"), ["approve"]),
        (asked(0, 1, "approve", "reject"), ["approve", "reject"]),
        (asked(0, 1), ["expired"]),
        (asked(0, None), ["pending"]),
    ],
)
def test_answers_are_told_by_choice_and_silence_by_its_name(
    row: AskedRow, told: list[str]
) -> None:
    assert decided(row) == told


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
    days = days_of(database, Wanted(), engine.clock()).values()
    everything = whole_of(database, Wanted(), engine.clock())
    assert sum(day.runs for day in days) == everything.runs == 9
    (agent,) = everything.agents
    assert (agent.agent, agent.asked) == ("", plain.runs)
    engine.database.close()


def test_more_runs_than_are_read_together_are_all_read(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, FILES))
    count = AT_ONCE + 1
    begun = [begin(engine, "failing") for _ in range(count)]
    (failing,) = stats_of(engine.database, Wanted(), engine.clock())
    assert failing.figures.runs == failing.figures.steps[0].visits == len(begun)
    engine.database.close()
