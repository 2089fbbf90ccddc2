"""Facts about the end of a run: how long it may take, and what is always done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.definition.model import Route
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.scope import scope
from engine.machine.state import Ending, RunStatus
from tests.engine.machine.given import (
    ANA,
    BOB,
    Given,
    gate_step,
    parallel_step,
    plan,
    set_step,
    shell_step,
    wait_step,
)

TIDY = (shell_step("tidy"), shell_step("tell"))
SPENT = "the run took longer than its 1m"


def said(run: Given, kind: type) -> list[object]:
    events = [entry.event for entry in run.entries]  # type: ignore[attr-defined]
    return [event for event in events if isinstance(event, kind)]


def run_out(run: Given) -> None:
    run.now += 60
    run.do(c.FireTimer(""))


ENDS: dict[str, tuple[Callable[[Given], object], str]] = {
    "success": (lambda run: run.succeed("work"), "succeeded"),
    "failure": (lambda run: run.fail("work"), "failed"),
    "cancel": (lambda run: run.do(c.CancelRun(ANA)), "cancelled"),
    "timeout": (run_out, "failed"),
}


@pytest.mark.parametrize("how", ENDS)
def test_what_is_always_done_is_done(how: str) -> None:
    end, outcome = ENDS[how]
    run = Given(plan(shell_step("work"), finally_=TIDY, timeout=60))
    end(run)
    assert (run.status, run.step("tidy")) == ("running", "ready")
    names = scope(run.plan, run.state, run.now)  # type: ignore[arg-type]
    assert names["run"]["outcome"] == outcome
    run.succeed("tidy")
    run.succeed("tell")
    assert run.status == outcome


@pytest.mark.parametrize("how", ENDS)
def test_what_fails_at_the_end_changes_nothing_of_how_it_ends(how: str) -> None:
    end, outcome = ENDS[how]
    run = Given(plan(shell_step("work"), finally_=TIDY, timeout=60))
    end(run)
    run.fail("tidy")
    assert run.step("tell") == "ready"
    run.fail("tell")
    assert (run.status, run.step("tidy"), run.step("tell")) == (
        outcome,
        "failed",
        "failed",
    )


def test_a_second_cancel_ends_what_is_done_at_the_end() -> None:
    run = Given(plan(shell_step("work"), finally_=TIDY))
    run.fail("work")
    run.do(c.CancelRun(ANA))
    assert (run.step("tidy"), run.status) == ("cancelled", "failed")


def test_who_cancelled_is_named_where_the_end_begins_and_not_again() -> None:
    run = Given(plan(shell_step("work"), finally_=TIDY))
    run.do(c.CancelRun(ANA))
    run.succeed("tidy")
    run.succeed("tell")
    reason = "cancelled by ana"
    begun = Ending(RunStatus.CANCELLED, reason, by=ANA)
    assert said(run, e.FinallyStarted) == [e.FinallyStarted(begun)]
    assert said(run, e.RunCancelled) == [e.RunCancelled(reason)]


@pytest.mark.parametrize(
    ("way", "event"),
    [
        ("success", e.RunSucceeded(BOB)),
        ("failure", e.RunFailed("work: exit status 1", "work", by=BOB)),
        ("cancel", e.RunCancelled("cancelled by ana", BOB)),
    ],
)
def test_whoever_cuts_the_end_short_is_named(way: str, event: e.AnyEvent) -> None:
    run = Given(plan(shell_step("work"), finally_=TIDY))
    ENDS[way][0](run)
    run.do(c.CancelRun(BOB))
    assert said(run, type(event)) == [event]


def test_the_time_that_is_up_ends_all_that_is_under_way() -> None:
    held = parallel_step("p", a=gate_step("ask"), b=shell_step("x"))
    run = Given(plan(held, timeout=60))
    run.ask("p[a]/ask")
    run.begin("p[b]/x")
    run_out(run)
    assert (run.status, run.state.reason, run.state.kind) == (  # type: ignore[union-attr]
        "failed",
        SPENT,
        "timeout",
    )
    assert (run.approval(), run.step("p[b]/x")) == ("withdrawn", "cancelled")


@pytest.mark.parametrize("paused", [False, True])
def test_the_time_of_a_run_goes_on_while_it_is_paused(paused: bool) -> None:
    run = Given(plan(wait_step("rest"), timeout=60))
    if paused:
        run.do(c.PauseRun(ANA))
    run_out(run)
    assert run.status == "failed"


def test_a_time_that_is_not_up_ends_nothing() -> None:
    run = Given(plan(shell_step("work"), timeout=60))
    run.now += 59
    with pytest.raises(CommandRefused, match="comes in 1 s"):
        run.do(c.FireTimer(""))
    run.succeed("work")
    run.now += 60
    with pytest.raises(CommandRefused, match="waits for no time"):
        run.do(c.FireTimer(""))


def test_a_retry_has_all_of_its_time_again() -> None:
    run = Given(plan(set_step("a"), shell_step("work"), timeout=60))
    run.succeed("a")
    run_out(run)
    run.do(c.RetryRun(ANA))
    assert run.step("work") == "ready"
    assert run.state.deadline == run.now + 60  # type: ignore[union-attr]
    run.succeed("work")
    assert run.status == "succeeded"


def test_a_retry_comes_to_the_end_again() -> None:
    run = Given(plan(shell_step("work"), finally_=TIDY))
    run.fail("work")
    run.succeed("tidy")
    run.fail("tell")
    run.do(c.RetryRun(ANA))
    run.succeed("work")
    run.succeed("tidy#2")
    run.succeed("tell#2")
    assert run.status == "succeeded"


def test_the_end_of_a_paused_run_waits_for_its_resume() -> None:
    run = Given(plan(shell_step("work"), finally_=TIDY))
    attempt = run.begin("work")
    run.do(c.PauseRun(ANA))
    run.do(c.ReportSuccess("work", attempt, "w1"))
    assert run.status == "paused"
    run.do(c.ResumeRun(ANA))
    run.succeed("tidy")
    run.succeed("tell")
    assert run.status == "succeeded"


def test_a_no_at_a_gate_is_cleaned_up_after() -> None:
    gate = gate_step(route=(Route("after", choice="approve"),))
    run = Given(plan(gate, set_step("after"), finally_=TIDY))
    run.ask()
    run.decide("reject")
    assert run.step("tidy") == "ready"
    run.succeed("tidy")
    run.succeed("tell")
    assert run.status == "failed"
