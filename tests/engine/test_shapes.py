"""Every shape of work is legal inside of every other, with a gate in its middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from typing import TypeVar

import pytest

from engine.errors import CommandRefused
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.state import Failure, RunState
from store import approvals, runs
from tests.given import ANA, make_workspace, open_engine, running, start, until

Body = str
Row = TypeVar("Row")
CORE = """\
- id: ask
  approval: {title: "Go on?"}
- {id: effect, shell: "echo done >> effects"}
"""


def in_list(body: Body, name: str) -> Body:
    return f"- {{id: first_{name}, set: {{x: 1}}}}\n{body}"


def in_parallel(body: Body, name: str) -> Body:
    arm = indent(body, " " * 8)
    return (
        f"- id: {name}\n  parallel:\n    branches:\n"
        f"      one_{name}:\n{arm}"
        f"      two_{name}:\n        - {{id: other_{name}, set: {{x: 1}}}}\n"
    )


def in_loop(body: Body, name: str) -> Body:
    return (
        f"- id: {name}\n  for_each:\n    in: '[\"a\"]'\n    as: item_{name}\n"
        f"    steps:\n{indent(body, ' ' * 6)}"
    )


def in_graph(body: Body, name: str) -> Body:
    """A branch whose steps stand in a graph, after one of its own.

    Such a list has no routes of its own: those stand in a step of it that holds steps.
    """
    if "route:" in body:
        body = in_loop(body, f"{name}_loop")
    lines = [f"- {{id: root_{name}, set: {{x: 1}}, needs: []}}"]
    previous = f"root_{name}"
    for part in body.split("\n- "):
        text = part if part.startswith("- ") else f"- {part}"
        head, _, rest = text.partition("\n")
        found = head.split("id: ")[1].split(",")[0].strip()
        if head.startswith("- {"):
            lines.append(f"{head[:-1]}, needs: [{previous}]}}")
        else:
            lines.append(f"{head}\n  needs: [{previous}]\n{rest}".rstrip())
        previous = found
    steps = indent("\n".join(lines) + "\n", " " * 8)
    return f"- id: {name}\n  parallel:\n    branches:\n      graph_{name}:\n{steps}"


def in_circle(body: Body, name: str) -> Body:
    """The body, and a route at its end that may lead back to its beginning."""
    first = body.split("id: ")[1].split(",")[0].split("\n")[0].strip()
    return (
        f"{body}- id: again_{name}\n  set: {{x: 1}}\n  route:\n"
        f"    - {{when: 'outputs.{first} is not defined', to: {first}}}\n"
        f"    - {{to: rest_{name}}}\n- {{id: rest_{name}, set: {{x: 1}}}}\n"
    )


def in_run(body: Body, name: str) -> Body:
    return f"- {{id: {name}, run: {name}-inner}}\n"


SHAPES: dict[str, Callable[[Body, str], Body]] = {
    "list": in_list,
    "parallel": in_parallel,
    "for_each": in_loop,
    "needs": in_graph,
    "route": in_circle,
    "run": in_run,
}


def files(outer: str, inner: str) -> dict[str, str]:
    body = SHAPES[inner](CORE, "inner")
    found = {"inner": workflow("inner-inner", CORE)} if inner == "run" else {}
    if outer == "run":
        found["outer"] = workflow("outer-inner", body)
    whole = workflow("whole", SHAPES[outer](body, "outer"))
    return {f"{name}.yaml": text for name, text in ({"whole": whole} | found).items()}


def workflow(name: str, body: Body) -> str:
    return f"workflow: {name}\nsteps:\n{indent(body, '  ')}"


@pytest.mark.parametrize("inner", SHAPES)
@pytest.mark.parametrize("outer", SHAPES)
async def test_a_gate_holds_in_every_shape_inside_of_every_other(
    tmp_path: Path, outer: str, inner: str
) -> None:
    engine = open_engine(make_workspace(tmp_path, files(outer, inner)))
    run = start(engine, "whole")
    async with running(engine):
        await until(engine, run, "waiting", "failed")
        assert not (tmp_path / "effects").exists(), engine.load(run)
        await approve_all(engine, run)
        state = await until(engine, run, "succeeded", "failed")
    assert state.status == "succeeded", state.reason
    assert (tmp_path / "effects").read_text() == "done\n"
    engine.database.close()


async def found(rows: Callable[[], list[Row]]) -> list[Row]:
    """What is in the store, once there is any."""
    async with asyncio.timeout(20):
        while not (there := rows()):  # noqa: ASYNC110 (another process writes it)
            await asyncio.sleep(0.01)
    return there


async def approve_all(engine: Engine, run: str) -> None:
    """Say yes to whatever is asked, in the run or in one that it has started."""
    (gate,) = await found(lambda: approvals.pending(engine.database))
    family = {run, *(each.id for each in runs.under(engine.database, run))}
    assert gate.run in family
    engine.handle(gate.run, c.DecideApproval(gate.id, "approve", gate.digest, ANA))


SUB = """\
workflow: sub
inputs:
  name: {type: string}
steps:
  - {id: hello, set: {said: "hello {{ inputs.name }}"}}
  - {id: ask, approval: {title: "{{ outputs.hello.said }}?"}}
  - {id: wait, wait: 1h}
"""
WITH_SUB = """\
workflow: whole
steps:
  - {id: child, run: sub, with: {name: "{{ run.id }}"}}
  - {id: after, set: {said: "{{ outputs.child.outputs.hello.said }}"}}
"""


async def child_of(engine: Engine, run: str, *statuses: str) -> RunState:
    inner = await found(lambda: runs.under(engine.database, run))
    return await until(engine, inner[0].id, *statuses)


@pytest.mark.parametrize(
    ("command", "status"),
    [(c.CancelRun(ANA), "cancelled"), (c.PauseRun(ANA), "paused")],
)
async def test_what_is_asked_of_a_run_reaches_the_runs_it_has_started(
    tmp_path: Path, command: c.Command, status: str
) -> None:
    names = {"sub.yaml": SUB, "whole.yaml": WITH_SUB}
    engine = open_engine(make_workspace(tmp_path, names))
    run = start(engine, "whole")
    async with running(engine):
        child = await child_of(engine, run, "waiting")
        engine.handle(run, command)
        assert (await child_of(engine, run, status)).id == child.id
    gates = approvals.of_run(engine.database, child.id)
    assert [gate.status for gate in gates] == (
        ["withdrawn"] if status == "cancelled" else ["pending"]
    )
    engine.database.close()


async def test_the_end_of_a_child_is_the_end_of_its_step(tmp_path: Path) -> None:
    sub = SUB.replace("  - {id: wait, wait: 1h}\n", "")
    names = {"sub.yaml": sub, "whole.yaml": WITH_SUB}
    engine = open_engine(make_workspace(tmp_path, names))
    run = start(engine, "whole")
    async with running(engine):
        await child_of(engine, run, "waiting")
        await approve_all(engine, run)
        state = await until(engine, run, "succeeded", "failed")
    assert state.steps["after"].output == {"said": f"hello {run}"}
    engine.database.close()


async def test_a_child_that_failed_is_retried_and_not_begun_anew(
    tmp_path: Path,
) -> None:
    sub = "workflow: sub\nsteps:\n  - {id: once, shell: 'echo once >> effects'}\n"
    sub += "  - {id: flaky, shell: 'test -e mended'}\n"
    whole = "workflow: whole\nsteps:\n  - {id: child, run: sub}\n"
    names = {"sub.yaml": sub, "whole.yaml": whole}
    engine = open_engine(make_workspace(tmp_path, names))
    run = start(engine, "whole")
    async with running(engine):
        state = await until(engine, run, "failed")
        assert "flaky: " in state.reason
        (tmp_path / "mended").touch()
        engine.handle(run, c.RetryRun(ANA))
        await until(engine, run, "succeeded")
    assert (tmp_path / "effects").read_text() == "once\n"
    assert len(runs.under(engine.database, run)) == 1
    engine.database.close()


async def test_a_workflow_that_runs_itself_goes_only_so_deep(tmp_path: Path) -> None:
    text = "workflow: whole\nsteps:\n  - {id: child, run: whole}\n"
    engine = open_engine(make_workspace(tmp_path, {"whole.yaml": text}))
    run = start(engine, "whole")
    async with running(engine):
        state = await until(engine, run, "failed")
    assert "10 runs stand inside of each other" in state.reason
    engine.database.close()


BESIDE = """\
workflow: whole
steps:
  - {id: flaky, needs: [], shell: "test -e mended"}
  - {id: child, needs: [], run: sub}
"""
HELD = """\
workflow: sub
steps:
  - {id: once, shell: "echo once >> effects"}
  - id: both
    parallel:
      branches:
        asked: [{id: ask, approval: {title: "Go on?"}}]
        slept: [{id: sleep, wait: 0.01}]
  - {id: last, shell: "echo last >> effects"}
"""


async def test_a_child_that_was_ended_with_its_step_goes_on_with_it(
    tmp_path: Path,
) -> None:
    names = {"sub.yaml": HELD, "whole.yaml": BESIDE}
    engine = open_engine(make_workspace(tmp_path, names))
    run = start(engine, "whole")
    child = child_in_the_middle(engine, run)
    engine.handle(run, c.StartAttempt("flaky", "w1"))
    no = Failure("exit", "no", retryable=False)
    engine.handle(run, c.ReportFailure("flaky", 1, "w1", no))
    assert (engine.load(run).status, engine.load(child).status) == (
        "failed",
        "cancelled",
    )
    (tmp_path / "mended").touch()
    engine.handle(run, c.RetryRun(ANA))
    async with running(engine):
        await approve_all(engine, run)
        state = await until(engine, run, "succeeded", "failed")
    assert (state.status, state.reason) == ("succeeded", "")
    assert state.steps["child"].child == child
    assert engine.load(child).status == "succeeded"
    assert (tmp_path / "effects").read_text() == "last\n"
    engine.database.close()


def child_in_the_middle(engine: Engine, run: str) -> str:
    """A child of a run, brought by hand past its first step."""
    engine.handle(run, c.StartAttempt("child", "w1"))
    engine.handle(run, c.BeginChild("child", 1, "w1", "r-child", {}))
    engine.handle("r-child", c.StartAttempt("once", "w1"))
    engine.handle("r-child", c.ReportSuccess("once", 1, "w1", {}))
    return "r-child"


async def test_a_step_never_waits_for_a_run_that_can_not_go_on(tmp_path: Path) -> None:
    names = {"sub.yaml": HELD, "whole.yaml": BESIDE}
    engine = open_engine(make_workspace(tmp_path, names))
    run = start(engine, "whole")
    child = child_in_the_middle(engine, run)
    engine.handle(child, c.CancelRun(ANA))
    before = engine.load(run)
    assert before.status == "failed"
    with pytest.raises(CommandRefused, match="run r-child is cancelled; only a failed"):
        engine.handle(run, c.RetryRun(ANA))
    assert engine.load(run) == before
    engine.database.close()
