"""Facts about steps that only compute: many of them are one commit."""

from __future__ import annotations

import asyncio
import math
import threading
from pathlib import Path
from typing import Any

import pytest

from engine import computing
from engine.computing import TOGETHER
from engine.dispatch import LocalDispatch, Look
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.state import RunState
from engine.performing import Report
from engine.steps.work import Outcome, Work
from store import events
from tests.given import (
    ANA,
    counted,
    make_workspace,
    open_engine,
    running,
    start,
    until,
)

CHAIN = "workflow: chain\nsteps:\n  - {id: s0, set: {x: 0}}\n" + "".join(
    f"  - {{id: s{n}, set: {{x: '{{{{ outputs.s{n - 1}.x + 1 }}}}'}}}}\n"
    for n in range(1, 10)
)
TURNS = 10 * TOGETHER
LONG = f"""workflow: long
steps:
  - id: all
    for_each:
      in: range({TURNS})
      max_parallel: 1
      steps: [{{id: each, set: {{x: "{{{{ item }}}}"}}}}]
"""
WRONG = """workflow: wrong
steps:
  - {id: one, set: {x: 1}}
  - {id: two, set: {y: 2}}
  - {id: three, set: {z: "{{ 1 / (outputs.one.x - 1) }}"}}
"""
LACKING = """workflow: lacking
context:
  customer: {file: customer.json, optional: true}
steps:
  - {id: one, set: {x: 1}}
  - {id: two, set: {y: "{{ customer.arr }}"}, requires: [customer.arr]}
  - {id: three, set: {z: 3}}
"""
SECRET = """workflow: leak
steps:
  - {id: one, set: {x: 1}}
  - {id: two, set: {told: "{{ env.HIDDEN }}"}}
"""


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computing, "LONGEST", math.inf)


async def test_a_chain_of_them_is_one_commit_and_has_all_its_history(
    tmp_path: Path,
) -> None:
    engine = open_engine(make_workspace(tmp_path, {"chain.yaml": CHAIN}))
    run = start(engine, "chain")
    commits = counted(engine)
    async with running(engine) as runner:
        state = await until(engine, run, "succeeded")
        assert len(commits) <= 2  # the first is taken before the secrets are known
        alone = start(engine, "chain")
        runner.computing.together = 0
        await until(engine, alone, "succeeded")
    assert state.steps["s9"].output == {"x": 9}
    kinds = [
        [type_of(each.data) for each in events.history(engine.database, one)]
        for one in (run, alone)
    ]
    assert kinds[0] == kinds[1]
    engine.database.close()


def type_of(data: bytes) -> bytes:
    return data.split(b'"')[3]


async def test_after_some_time_each_has_a_commit_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computing, "LONGEST", 0.0)
    engine = open_engine(make_workspace(tmp_path, {"chain.yaml": CHAIN}))
    run = start(engine, "chain")
    commits = counted(engine)
    async with running(engine):
        await until(engine, run, "succeeded")
    assert len(commits) == 11
    engine.database.close()


async def test_one_with_a_loop_in_its_text_keeps_nobody_waiting(tmp_path: Path) -> None:
    loop = "{% for n in range(9) %}{{ n }}{% endfor %}"
    text = CHAIN + f"  - {{id: last, set: {{x: '{loop}'}}}}\n"
    engine = open_engine(make_workspace(tmp_path, {"chain.yaml": text}))
    run = start(engine, "chain")
    commits = counted(engine)
    async with running(engine):
        state = await until(engine, run, "succeeded")
    reported = [each.path for each in commits if isinstance(each, c.ReportSuccess)]
    assert reported[-1] == "last"
    assert str(state.steps["last"].output["x"]).endswith("12345678")
    engine.database.close()


async def test_one_that_fails_says_so_and_what_was_done_before_is_kept(
    tmp_path: Path,
) -> None:
    engine = open_engine(make_workspace(tmp_path, {"wrong.yaml": WRONG}))
    run = start(engine, "wrong")
    async with running(engine):
        state = await until(engine, run, "failed")
    assert "`/` by zero" in state.reason
    assert state.steps["two"].output == {"y": 2}
    engine.database.close()


async def test_one_that_lacks_a_value_waits_for_it(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {"lacking.yaml": LACKING}))
    run = start(engine, "lacking")
    async with running(engine):
        await until(engine, run, "waiting")
        engine.handle(run, c.SetContext({"customer.arr": 5}, ANA))
        state = await until(engine, run, "succeeded")
    assert state.steps["two"].output == {"y": 5}
    engine.database.close()


async def test_no_secret_is_in_what_they_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIDDEN", "do-not-tell-it")
    config = 'env = ["HIDDEN"]\n[secrets]\nhidden = "env:HIDDEN"\n'
    root = make_workspace(tmp_path, {"leak.yaml": SECRET}, config)
    engine = open_engine(root)
    run = start(engine, "leak")
    async with running(engine):
        state = await until(engine, run, "succeeded")
    assert "do-not-tell-it" not in str(state)
    assert "hidden" in state.steps["two"].output["told"]
    engine.database.close()


async def test_no_more_than_so_many_keep_others_waiting(tmp_path: Path) -> None:
    engine = open_engine(make_workspace(tmp_path, {"long.yaml": LONG}))
    run = start(engine, "long")
    commits = counted(engine)
    async with running(engine):
        state = await until(engine, run, "succeeded")
    assert state.steps[f"all[{TURNS - 1}]/each"].output == {"x": TURNS - 1}
    assert TURNS // TOGETHER <= len(commits) < 2 * TURNS // TOGETHER
    engine.database.close()


class AMomentAgo(LocalDispatch):
    """Tells at its second look what was ready at the first, which is done by then."""

    def __init__(self, engine: Engine, run: str) -> None:
        super().__init__(engine.database)
        self.asked_again = threading.Event()
        self._engine = engine
        self._run = run
        self._before = Look([], None)
        self.told = asyncio.Event()

    async def look(self, most: int) -> Look:
        if self.asked_again.is_set() or not self._before.ready:
            self._before = await super().look(most)
            return self._before
        self.asked_again.set()
        await until(self._engine, self._run, "succeeded")
        self.told.set()
        return self._before


async def test_what_was_done_while_it_was_looked_is_not_begun_again(
    tmp_path: Path,
) -> None:
    engine = open_engine(make_workspace(tmp_path, {"chain.yaml": CHAIN}))
    run = start(engine, "chain")
    commits = counted(engine)
    dispatch = AMomentAgo(engine, run)
    whole = engine.whole

    loop = asyncio.get_running_loop()
    async with running(engine, dispatch) as runner:

        def begun_late(*given: Any) -> RunState:
            loop.call_soon_threadsafe(runner._news.set)
            dispatch.asked_again.wait(30)  # on the writer's thread: the loop goes on
            return whole(*given)

        engine.whole = begun_late  # type: ignore[method-assign]
        await dispatch.told.wait()
    assert [type(each) for each in commits].count(c.StartAttempt) == 1
    engine.database.close()


async def test_what_can_not_follow_leaves_what_was_done_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def late(_: object, path: str, attempt: int, runner: str, takes: str) -> Report:
        asked.append(path)
        return c.ReportSuccess(path, attempt + 1, runner, {}, take=takes)

    monkeypatch.setattr(computing, "report_of", late)
    engine = open_engine(make_workspace(tmp_path, {"chain.yaml": CHAIN}))
    run = start(engine, "chain")
    async with running(engine):
        state: RunState = await until(engine, run, "succeeded")
    assert asked
    assert state.steps["s9"].output == {"x": 9}
    engine.database.close()


async def test_what_names_nothing_is_computed_once_for_all_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "inputs: {n: {type: integer}}\nsteps:\n"
    text += "  - {id: first, set: {x: 1}}\n"
    text += "  - {id: same, set: {x: {y: [2, two]}}}\n"
    text += "  - {id: other, set: {x: '{{ inputs.n }}'}}\n"
    engine = open_engine(make_workspace(tmp_path, {"w.yaml": f"workflow: w\n{text}"}))
    computed: list[str] = []
    compute = computing.compute

    def seen(work: Work, reads: frozenset[Any]) -> Outcome:
        computed.append(work.path)
        return compute(work, reads)

    monkeypatch.setattr(computing, "compute", seen)
    begun = [start(engine, "w", n=n) for n in range(3)]
    async with running(engine):
        states = [await until(engine, run, "succeeded") for run in begun]
    later = [path for path in computed if path != "first"]  # which no report led to
    assert sorted(later) == ["other", "other", "other", "same"]
    left = [[step.output["x"] for step in s.steps.values()] for s in states]
    assert left == [[1, {"y": [2, "two"]}, n] for n in range(3)]
    engine.database.close()
