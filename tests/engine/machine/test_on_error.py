"""Facts about steps that fail and are gone on from."""

from __future__ import annotations

import pytest

from engine.definition.model import Retry, Step
from engine.machine import commands as c
from engine.machine.scope import scope
from tests.engine.machine.given import (
    ANA,
    Given,
    gate_step,
    loop_step,
    parallel_step,
    plan,
    set_step,
    shell_step,
)

LAST = set_step("last")


@pytest.mark.parametrize(
    ("on_error", "run_is", "ready"),
    [
        ("fail", "failed", None),
        ("continue", "running", "next"),
        ("route:last", "running", "last"),
        ("route:end", "succeeded", None),
    ],
)
def test_on_error_says_what_follows_a_failure(
    on_error: str, run_is: str, ready: str | None
) -> None:
    run = Given(plan(shell_step("x", on_error=on_error), set_step("next"), LAST))
    run.fail("x")
    assert (run.step("x"), run.status) == ("failed", run_is)
    active = [step.path for step in run.state.active]  # type: ignore[union-attr]
    assert active == ([ready] if ready else [])


def test_the_attempts_come_first() -> None:
    again = shell_step("x", on_error="continue", retry=Retry(attempts=2))
    run = Given(plan(again, LAST))
    run.fail("x")
    assert run.step("x") == "retrying"


def test_what_failed_counts_as_done_in_a_graph() -> None:
    steps = (
        shell_step("a", needs=(), on_error="continue"),
        shell_step("b", needs=()),
        shell_step("d", needs=("a", "b")),
    )
    run = Given(plan(*steps))
    run.fail("a")
    run.succeed("b")
    assert run.step("d") == "ready"
    run.succeed("d")
    assert run.status == "succeeded"


def test_a_turn_goes_on_from_a_step_that_failed() -> None:
    inner = (shell_step("x", on_error="route:z"), shell_step("y"), shell_step("z"))
    run = Given(plan(loop_step("m", '["a", "b"]', *inner)))
    run.fail("m[a]/x")
    assert run.step("m[a]/z") == "ready"
    assert "m[a]/y" not in run.state.steps  # type: ignore[union-attr]


def test_a_step_that_holds_steps_is_gone_on_from() -> None:
    held = parallel_step("p", about={"on_error": "continue"}, a=shell_step("x"))
    run = Given(plan(held, LAST))
    run.fail("p[a]/x")
    assert (run.step("p"), run.step("last")) == ("failed", "ready")
    assert scope(run.plan, run.state, run.now)["errors"] == {  # type: ignore[arg-type]
        "p": {"kind": "arms", "message": run.state.steps["p"].error.message}  # type: ignore[union-attr]
    }


def test_later_steps_read_what_went_wrong() -> None:
    run = Given(plan(shell_step("pay-it", on_error="continue"), LAST))
    run.fail("pay-it")
    errors = scope(run.plan, run.state, run.now)["errors"]  # type: ignore[arg-type]
    assert errors["pay_it"] == {"kind": "exit", "message": "exit status 1"}


def test_a_when_that_can_not_be_read_is_gone_on_from() -> None:
    steps = [
        shell_step(f"s{n}", when="outputs.none.x", on_error="continue")
        for n in range(1200)
    ]
    run = Given(plan(*steps, LAST))
    assert run.step("last") == "ready"


def test_nobody_has_approved_what_nobody_has_answered() -> None:
    gate = gate_step(timeout=60, on_timeout="fail")
    passed = Step(id="gate", kind="approval", do=gate.do, on_error="continue")
    run = Given(plan(passed, LAST))
    run.ask()
    run.now += 60
    run.do(c.FireTimer("gate"))
    assert run.status == "failed"


def test_a_retry_begins_what_ended_the_run() -> None:
    run = Given(plan(shell_step("x", on_error="continue"), shell_step("y"), LAST))
    run.fail("x")
    run.fail("y")
    run.do(c.RetryRun(ANA))
    assert (run.step("x"), run.step("y")) == ("failed", "ready")
