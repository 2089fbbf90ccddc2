"""Forks and variants in a real store: what is recorded, and for whom it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.audit import audit
from engine.changing import propose
from engine.errors import WeirError
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.events import StepReused
from tests.given import ANA, BOB, make_workspace, open_engine, running, start, until

TWO = """workflow: two
steps:
  - {id: gate, approval: {title: "Go on?"}}
  - {id: b, set: {x: 1}}
"""
CHILD = """workflow: child
steps: [{id: c, set: {x: 1}}]
"""
PARENT = """workflow: parent
steps:
  - {id: sub, run: child}
  - {id: b, set: {x: 1}}
"""
FRONT = """workflow: both
inputs: {who: {type: string}}
variants: {use: {left: 1, right: 1}, by: inputs.who}
"""
SIDE = """workflow: NAME
inputs: {who: {type: string}}
steps: [{id: c, set: {x: 1}}]
"""
KEPT = """workflow: kept
context:
  told: {shell: cat told.txt, ttl: 1h}
steps: [{id: a, set: {x: 1}}, {id: c, set: {x: "{{ told }}"}}]
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    files = {
        "two.yaml": TWO,
        "kept.yaml": KEPT,
        "child.yaml": CHILD,
        "parent.yaml": PARENT,
        "both.yaml": FRONT,
        "left.yaml": SIDE.replace("NAME", "left"),
        "right.yaml": SIDE.replace("NAME", "right"),
    }
    return open_engine(make_workspace(tmp_path, files))


def decided(engine: Engine) -> str:
    """A run whose gate ana has approved, and whose last step is ready."""
    from engine.machine.state import Request

    run = start(engine, "two")
    engine.handle(run, c.StartAttempt("gate", "w1"))
    asked = c.RequestApproval("gate", 1, "w1", f"a-{run}", Request("?"), "d")
    engine.handle(run, asked)
    engine.handle(run, c.DecideApproval(f"a-{run}", "approve", "d", ANA))
    return run


def fork(engine: Engine, run: str, start: str) -> str:
    proposal = propose(engine, engine.load(run), start, {}, {}, False, "")
    found = proposal.closure
    command = c.StartRun(
        f"{run}f",
        proposal.inputs,
        found.version,
        found.pins,
        BOB,
        fork=proposal.fork,
        kept=proposal.kept,
    )
    return engine.handle(f"{run}f", command).id


def test_who_decided_in_the_old_run_has_done_nothing_in_the_new_one(
    engine: Engine,
) -> None:
    run = decided(engine)
    forked = fork(engine, run, "b")
    assert engine.load(forked).steps["gate"].status == "succeeded"
    did = audit(engine.database, run=forked)
    assert [(act.by.name, act.kind) for act in did] == [("bob", "RunStarted")]
    assert not any(isinstance(act.event, StepReused) for act in did)


def test_the_rows_of_a_fork_can_be_made_again_from_its_history(engine: Engine) -> None:
    from store import steps

    forked = fork(engine, decided(engine), "b")
    before = steps.of_run(engine.database, forked)
    engine.rebuild(forked)
    assert steps.of_run(engine.database, forked) == before


PRICED = """workflow: priced
steps:
  - {id: price, python: "tools.price:price"}
  - {id: b, set: {x: 1}}
"""
OUTER = """workflow: outer
steps:
  - {id: sub, run: priced}
  - {id: b, set: {x: 1}}
"""


def told(engine: Engine, run: str, start: str = "b") -> list[tuple[str, str]]:
    state = engine.load(run)
    verdicts = propose(engine, state, start, {}, {}, False, "").verdicts
    return [(v.what, v.why) for v in verdicts]


async def test_a_fork_sees_that_the_code_of_a_step_changed(tmp_path: Path) -> None:
    place = make_workspace(tmp_path, {"priced.yaml": PRICED, "outer.yaml": OUTER})
    (place / "tools").mkdir()
    code = place / "tools" / "price.py"
    code.write_text("def price():\n    return 1\n")
    engine = open_engine(place)
    async with running(engine):
        run, outer = start(engine, "priced"), start(engine, "outer")
        for each in (run, outer):
            await until(engine, each, "succeeded")
    kept = [("reused", ""), ("re-run", "the fork begins here")]
    assert told(engine, run) == told(engine, outer) == kept
    forked = fork(engine, run, "b")
    (reused,) = [s for s in engine.load(forked).steps.values() if s.step == "price"]
    assert list(reused.code) == ["tools/price.py"]
    code.write_text("def price():\n    return 2\n")
    again = ("re-run", "it ran tools/price.py, which changed")
    for each in (run, outer, forked):
        assert told(engine, each)[0] == again
    code.unlink()
    assert told(engine, run)[0] == again
    engine.database.close()


def test_a_workflow_that_is_a_choice_is_no_run_by_itself(engine: Engine) -> None:
    with pytest.raises(WeirError, match="a choice between variants"):
        start(engine, "both", who="ana")


def test_a_changed_child_has_the_step_that_runs_it_done_again(engine: Engine) -> None:
    from engine.importer import Importer

    run = start(engine, "parent")
    engine.handle(run, c.StartAttempt("sub", "w1"))
    engine.handle(run, c.BeginChild("sub", 1, "w1", f"{run}c"))
    engine.handle(f"{run}c", c.StartAttempt("c", "w1"))
    engine.handle(f"{run}c", c.ReportSuccess("c", 1, "w1", {"x": 1}))
    state = engine.load(run)
    same = propose(engine, state, "b", {}, {}, True, "").verdicts
    assert [v.what for v in same] == ["reused", "re-run"]
    path = engine.workspace.definitions / "child.yaml"
    path.write_text(CHILD.replace("x: 1", "x: 2"))
    Importer(engine).scan()
    other = propose(engine, state, "b", {}, {}, True, "").verdicts
    assert (other[0].what, other[0].why) == ("re-run", "the workflow child changed")


async def test_a_fork_from_the_context_takes_nothing_that_was_kept_for_a_while(
    engine: Engine,
) -> None:
    told = engine.workspace.root / "told.txt"
    left = []
    async with running(engine):
        for text in ("before", "after"):
            told.write_text(text)
            run = start(engine, "kept")
            state = await until(engine, run, "succeeded")
            left.append(state.steps["c"].output)
        for at in ("c", "@context"):
            run = fork(engine, run, at)
            state = await until(engine, run, "succeeded")
            left.append(state.steps["c"].output)
    assert left == [{"x": "before"}] * 3 + [{"x": "after"}]
