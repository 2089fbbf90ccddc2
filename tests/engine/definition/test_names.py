"""What the checks take for readable is what a run can read."""

from __future__ import annotations

from engine.definition.checks.names import PROJECT, ROOTS, RUN, WORKFLOW
from engine.machine.scope import scope
from engine.machine.state import Actor, RunState, RunStatus
from tests.engine.machine.given import plan, set_step


def test_the_names_of_a_run_are_the_ones_that_are_checked() -> None:
    state = RunState(
        id="r1",
        status=RunStatus.RUNNING,
        workflow="w",
        version="0",
        started_at=0.0,
        by=Actor(name="ana"),
    )
    there = scope(plan(set_step("a")), state, 0.0)
    # `env` is added by the step that renders: it is not the run's to know.
    assert {*there, "env", "secrets"} == {*ROOTS}
    assert tuple(there["run"]) == RUN
    assert tuple(there["project"]) == PROJECT
    assert tuple(there["workflow"]) == WORKFLOW
