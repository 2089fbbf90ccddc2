"""Facts about runs that wait for a file, or for a decision in another run."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from engine.elsewhere import answer
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.state import DecisionAwaited, Failure, RunState
from engine.why import why
from store import approvals, steps
from tests.given import (
    ANA,
    comes_true,
    make_workspace,
    open_engine,
    running,
    start,
    until,
)

FILES = {
    "load.yaml": """\
workflow: load
inputs: {name: string}
steps:
  - {id: came, wait: {file: "in/{{ inputs.name }}.csv"}, timeout: 2h}
  - {id: loaded, set: {of: "{{ outputs.came.path }}"}}
""",
    "any.yaml": """\
workflow: any
steps:
  - {id: came, wait: {file: "in/*.csv"}, timeout: 2h}
""",
    "ask.yaml": """\
workflow: ask
steps:
  - id: legal
    approval:
      title: Go on?
      choices: [approve, rework, reject]
      timeout: 1h
      on_timeout: expire
    route:
      - {choice: approve, to: turns}
      - {choice: expired, to: turns}
      - {choice: rework, to: legal}
  - id: turns
    for_each:
      in: '["a", "b"]'
      steps: [{id: sure, approval: {title: "Sure?"}}]
""",
    "anew.yaml": """\
workflow: anew
steps:
  - {id: draft, set: {text: x}}
  - {id: legal, approval: {title: Go on?}}
  - {id: last, approval: {title: Sure?}}
""",
    "unheard.yaml": """\
workflow: unheard
steps:
  - id: legal
    approval: {title: Go on?, timeout: 100ms, on_timeout: expire}
    route: [{choice: expired, to: end}]
""",
    "follow.yaml": """\
workflow: follow
inputs: {other: string, step: {default: legal}}
steps:
  - id: said
    wait: {decision: {run: "{{ inputs.other }}", step: "{{ inputs.step }}"}}
    timeout: 2h
""",
    "soon.yaml": """\
workflow: soon
steps:
  - id: came
    wait: {file: never}
    timeout: 200ms
    retry: {attempts: 2, delay: 0s}
    on_error: continue
  - {id: after, set: {why: "{{ errors.came.message }}"}}
""",
    "many.yaml": """\
workflow: many
steps:
  - id: all
    for_each:
      in: range(20)
      steps: [{id: came, wait: {file: "in/{{ item }}"}, timeout: 1h}]
""",
    "short.yaml": "workflow: short\nsteps: [{id: a, shell: echo hi}]\n",
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    config = 'provider = "mock"\n[limits]\nsteps = 1\n'
    engine = open_engine(make_workspace(tmp_path / "place", FILES, config))
    yield engine
    engine.database.close()


class looking(running):  # noqa: N801 - as `running`
    """A runner for which a tenth of a second is a moment."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.runner.awaiting.still = 0.1
        self.runner.awaiting.pause = 0.02


async def waits(engine: Engine, run: str, path: str) -> None:
    """Until a step waits."""

    def stands() -> bool:
        step = engine.load(run).steps.get(path)
        return step is not None and step.status == "waiting"

    await comes_true(stands)


def put(engine: Engine, path: str, text: str) -> None:
    file = engine.workspace.root / path
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


def decide(engine: Engine, run: str, choice: str, comment: str = "") -> None:
    (asked,) = [
        a for a in approvals.of_run(engine.database, run) if a.status == "pending"
    ]
    command = c.DecideApproval(asked.id, choice, asked.digest, ANA, comment)
    engine.handle(run, command)


async def followed(engine: Engine, other: str, step: str = "legal") -> RunState:
    """A run that has waited for a decision, when it has ended."""
    run = start(engine, "follow", other=other, step=step)
    return await until(engine, run, "succeeded", "failed")


async def test_a_file_that_comes_is_the_output(engine: Engine) -> None:
    run = start(engine, "load", name="a")
    async with looking(engine):
        await waits(engine, run, "came")
        assert why(engine, run) == (
            "came waits for the file in/a.csv, and gives up in 2h"
        )
        (row,) = steps.awaiting(engine.database)
        assert row.summary == "for the file in/a.csv"
        put(engine, "in/b.csv", "another")
        put(engine, "in/a.csv", "1,2\n")
        state = await until(engine, run, "succeeded", "failed")
    digest = sha256(b"1,2\n").hexdigest()
    expected = {"path": "in/a.csv", "size": 4, "sha256": digest}
    assert state.steps["came"].output == expected
    assert state.steps["loaded"].output == {"of": "in/a.csv"}
    assert steps.awaiting(engine.database) == []


async def test_a_file_that_is_there_already_need_not_come(engine: Engine) -> None:
    put(engine, "in/z.csv", "x")
    run = start(engine, "any")
    async with looking(engine):
        state = await until(engine, run, "succeeded", "failed")
    assert state.steps["came"].output["path"] == "in/z.csv"


async def test_a_link_in_the_place_of_the_file_is_refused(engine: Engine) -> None:
    run = start(engine, "load", name="a")
    async with looking(engine):
        await waits(engine, run, "came")
        put(engine, "in/real", "x")
        (engine.workspace.root / "in/a.csv").symlink_to("real")
        state = await until(engine, run, "succeeded", "failed")
    error = state.steps["came"].error
    assert error is not None
    assert (error.kind, error.retryable) == ("missing", False)
    assert "in/a.csv is a link" in error.message


async def test_steps_that_wait_hold_no_place_of_the_runner(engine: Engine) -> None:
    """There is one place here, and twenty steps wait."""
    wide = start(engine, "many")
    async with looking(engine):
        await waits(engine, wide, "all[19]/came")
        await until(engine, start(engine, "short"), "succeeded")
        for number in range(20):
            put(engine, f"in/{number}", str(number))
        state = await until(engine, wide, "succeeded", "failed")
    assert state.status == "succeeded"


async def test_what_does_not_come_in_time_is_tried_again_and_gone_on_from(
    engine: Engine,
) -> None:
    run = start(engine, "soon")
    async with looking(engine):
        state = await until(engine, run, "succeeded", "failed")
    assert (state.status, state.steps["came"].attempt) == ("succeeded", 2)
    said = state.steps["after"].output["why"]
    assert re.fullmatch(r"waited \d+\w for the file never", said)


async def test_a_step_that_was_gone_on_from_is_not_watched_for(engine: Engine) -> None:
    run = start(engine, "load", name="a")
    async with looking(engine) as runner:
        await waits(engine, run, "came")
        await comes_true(lambda: runner.awaiting.any)
        engine.handle(run, c.SkipStep("came", "by hand", ANA))
        await comes_true(lambda: not runner.awaiting.any)


async def test_a_run_that_can_not_go_on_holds_up_no_other(
    engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    put(engine, "in/a.csv", "x")
    stuck, other = (start(engine, "load", name="a") for _ in range(2))
    async with looking(engine) as runner:
        report = runner.awaiting._report

        async def refuse(run: str, found: c.ReportAwaited) -> object:
            if run == stuck:
                raise RuntimeError("its text is gone")
            return await report(run, found)

        runner.awaiting._report = refuse
        await until(engine, other, "succeeded")
        await until(engine, start(engine, "short"), "succeeded")
    assert capfd.readouterr().err.count("its text is gone") == 1
    assert engine.load(stuck).steps["came"].status == "waiting"


async def test_a_decision_before_the_gate_was_asked_again_is_not_missed(
    engine: Engine,
) -> None:
    other = start(engine, "ask")
    run = start(engine, "follow", other=other)
    async with looking(engine):
        await waits(engine, other, "legal")
        await waits(engine, run, "said")
    decide(engine, other, "rework")
    late = start(engine, "follow", other=other)
    async with looking(engine):
        state = await until(engine, run, "succeeded", "failed")
        assert state.steps["said"].output["choice"] == "rework"
        await waits(engine, late, "said")
        await waits(engine, other, "legal#2")
        decide(engine, other, "approve")
        state = await until(engine, late, "succeeded", "failed")
        assert state.steps["said"].output["choice"] == "approve"


async def test_a_gate_that_its_run_has_gone_back_over_may_yet_be_decided(
    engine: Engine,
) -> None:
    other = start(engine, "anew")
    awaited = DecisionAwaited(other, "legal")
    async with looking(engine):
        await waits(engine, other, "legal")
    engine.handle(other, c.GoBack("draft", ANA))
    assert answer(engine, awaited, since=time.time()) is None
    async with looking(engine):
        await waits(engine, other, "legal#2")
        decide(engine, other, "approve")
        await waits(engine, other, "last")
    assert "choice" in answer(engine, awaited, since=time.time())
    began = time.time()
    engine.handle(other, c.GoBack("draft", ANA))
    # A yes that no longer counts is no answer to whoever begins to wait now.
    assert answer(engine, awaited, since=began) is None


async def test_a_decision_elsewhere_is_the_output(engine: Engine) -> None:
    other = start(engine, "ask")
    run = start(engine, "follow", other=other)
    async with looking(engine):
        await waits(engine, other, "legal")
        await waits(engine, run, "said")
        assert why(engine, run) == (
            f"said waits for the decision at legal of run {other}, and gives up in 2h;"
            f" `weir why {other}` tells more"
        )
        decide(engine, other, "rework", "warmer")
        state = await until(engine, run, "succeeded", "failed")
        said = {"choice": "rework", "comment": "warmer", "by": "ana"}
        assert state.steps["said"].output == said
        await waits(engine, other, "legal#2")
        decide(engine, other, "approve")
        assert (await followed(engine, other)).steps["said"].output[
            "choice"
        ] == "approve"


async def test_a_decision_in_a_turn_is_meant_by_its_place(engine: Engine) -> None:
    other = start(engine, "ask")
    async with looking(engine):
        await waits(engine, other, "legal")
        decide(engine, other, "approve")
        await waits(engine, other, "turns[a]/sure")
        await waits(engine, other, "turns[b]/sure")
        first, _ = [
            a for a in approvals.of_run(engine.database, other) if a.status == "pending"
        ]
        engine.handle(other, c.DecideApproval(first.id, "approve", first.digest, ANA))
        state = await followed(engine, other, first.path)
        assert state.steps["said"].output["by"] == "ana"
        state = await followed(engine, other, "sure")
        assert "is asked in each turn of a loop; name its place" in state.reason


async def test_a_decision_that_nobody_will_make_is_a_failure(engine: Engine) -> None:
    other = start(engine, "ask")
    run = start(engine, "follow", other=other)
    async with looking(engine):
        await waits(engine, other, "legal")
        await waits(engine, run, "said")
        engine.handle(other, c.CancelRun(ANA))
        state = await until(engine, run, "succeeded", "failed")
    assert state.steps["said"].error == Failure(
        "expired",
        f"nobody has decided at legal of run {other}: it is cancelled, and the run has"
        " ended: cancelled",
        retryable=False,
    )


async def test_silence_elsewhere_is_no_decision(engine: Engine) -> None:
    other = start(engine, "unheard")
    async with looking(engine):
        state = await followed(engine, other)
    assert state.reason == (
        f"said: nobody has decided at legal of run {other}: it is expired"
    )


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("legl", "has no gate `legl`; did you mean `legal`?"),
        ("turns", "has no gate `turns`"),
    ],
)
async def test_a_gate_that_there_is_not_is_told_at_once(
    engine: Engine, step: str, words: str
) -> None:
    other = start(engine, "ask")
    async with looking(engine):
        assert words in (await followed(engine, other, step)).reason
        assert "there is no run r0" in (await followed(engine, "r0")).reason
