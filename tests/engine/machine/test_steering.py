"""Facts about a person's word on how a run goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.definition.model import ContextSource, Retry, Route, Step
from engine.errors import CommandRefused
from engine.family import consequences
from engine.machine import commands as c
from engine.machine.state import Failure
from tests.engine.machine.given import (
    ANA,
    Given,
    gate_step,
    loop_step,
    parallel_step,
    plan,
    run_step,
    set_step,
    shell_step,
    wait_step,
)

WHY = "done by hand"
LAST = set_step("last")


def skip(run: Given, path: str) -> None:
    run.do(c.SkipStep(path, WHY, ANA))


def back(run: Given, to: str) -> None:
    run.do(c.GoBack(to, ANA))


def refused(run: Given, command: c.Command, words: str) -> None:
    before = run.state
    with pytest.raises(CommandRefused, match=words):
        run.do(command)
    assert run.state == before


def is_ready(run: Given) -> None:
    assert run.step("x") == "ready"


def is_retrying(run: Given) -> None:
    run.fail("x")


def is_interrupted(run: Given) -> None:
    attempt = run.begin("x")
    run.do(c.ReportLost("x", attempt, "w1", "gone"))


def has_failed(run: Given) -> None:
    run.begin("x")
    failure = Failure("exit", "no", retryable=False)
    run.do(c.ReportFailure("x", 1, "w1", failure))


STANDING: dict[str, Callable[[Given], None]] = {
    "ready": is_ready,
    "retrying": is_retrying,
    "interrupted": is_interrupted,
    "failed": has_failed,
}


@pytest.mark.parametrize("status", STANDING)
def test_a_step_that_stands_still_is_skipped(status: str) -> None:
    run = Given(plan(shell_step("x", retry=Retry(attempts=2)), LAST))
    STANDING[status](run)
    assert run.step("x") == status
    skip(run, "x")
    assert (run.step("x"), run.step("last"), run.status) == (
        "skipped",
        "ready",
        "running",
    )
    assert run.state.steps["x"].reason == WHY  # type: ignore[union-attr]


@pytest.mark.parametrize("status", STANDING)
def test_a_step_that_stands_still_is_marked_done(status: str) -> None:
    run = Given(plan(shell_step("x", retry=Retry(attempts=2)), LAST))
    STANDING[status](run)
    run.do(c.ResolveStep("x", "done", ANA, {"exit": 0}))
    assert (run.step("x"), run.step("last")) == ("succeeded", "ready")
    assert run.state.steps["x"].output == {"exit": 0}  # type: ignore[union-attr]


def test_a_wait_is_skipped() -> None:
    run = Given(plan(wait_step("rest"), LAST))
    attempt = run.begin("rest")
    run.do(c.BeginWait("rest", attempt, "w1", run.now + 60))
    skip(run, "rest")
    assert run.step("last") == "ready"


def test_the_run_that_a_skipped_step_has_started_is_cancelled() -> None:
    run = Given(plan(run_step("sub"), LAST), pins={"workflow/other": "v2"})
    attempt = run.begin("sub")
    run.do(c.BeginChild("sub", attempt, "w1", "r2", {}))
    change = run.do(c.SkipStep("sub", WHY, ANA))
    ((child, command),) = consequences(run.plan, change)
    assert (child, type(command)) == ("r2", c.CancelRun)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (gate_step("x"), "is a gate, which its approvers decide.*weir withdraw"),
        (parallel_step("x", a=gate_step("y")), "is running"),
    ],
)
def test_a_gate_is_not_skipped(step: Step, words: str) -> None:
    run = Given(plan(step, LAST))
    refused(run, c.SkipStep("x", WHY, ANA), words)
    refused(run, c.ResolveStep("x", "done", ANA, {"choice": "approve"}), words)


def test_a_no_in_a_branch_is_not_skipped() -> None:
    run = Given(plan(parallel_step("p", a=gate_step("ask")), LAST))
    run.ask("p[a]/ask")
    run.decide("reject")
    assert run.status == "failed"
    refused(run, c.SkipStep("p", WHY, ANA), "p holds a gate, and can't be skipped")


def test_a_run_that_asks_is_not_skipped() -> None:
    whole = plan(run_step("sub"), LAST, asking=("other",))
    run = Given(whole, pins={"workflow/other": "v2"})
    refused(run, c.SkipStep("sub", WHY, ANA), "sub holds a gate")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (c.SkipStep("x", " ", ANA), "a skip needs a reason"),
        (c.SkipStep("none", WHY, ANA), "has no step none"),
        (c.SkipStep("last", WHY, ANA), "has no step last"),
        (c.ResolveStep("x", "again", ANA), "step x is running, not interrupted"),
        (c.SkipStep("x", WHY, ANA), "is running; it is being done: pause the run"),
        (c.GoBack("last", ANA), "last was never visited; visited are x"),
        (c.SetContext({"a": 1}, ANA), "has no context"),
    ],
)
def test_what_can_not_be_asked_is_refused(command: c.Command, words: str) -> None:
    run = Given(plan(shell_step("x"), LAST))
    run.begin("x")
    refused(run, command, words)


def test_a_skip_in_a_loop_lets_its_run_go_on() -> None:
    run = Given(plan(loop_step("m", '["a", "b"]', shell_step("x")), LAST))
    run.succeed("m[a]/x")
    run.fail("m[b]/x")
    assert run.status == "failed"
    skip(run, "m[b]/x")
    assert (run.step("m"), run.step("last")) == ("succeeded", "ready")


def test_what_else_has_failed_is_still_told() -> None:
    run = Given(plan(loop_step("m", '["a", "b"]', shell_step("x")), LAST))
    run.fail("m[a]/x")
    run.fail("m[b]/x")
    skip(run, "m[b]/x")
    assert run.status == "failed"
    assert "1 of 2 succeeded" in run.state.reason  # type: ignore[union-attr]
    skip(run, "m[a]/x")
    assert run.step("last") == "ready"


def test_a_step_that_was_gone_on_from_is_not_skipped() -> None:
    run = Given(plan(shell_step("x", on_error="continue"), LAST))
    run.fail("x")
    refused(run, c.SkipStep("x", WHY, ANA), "the run has gone on from x already")
    either = parallel_step("p", join="any", a=shell_step("y"), b=shell_step("z"))
    run = Given(plan(either, LAST))
    run.fail("p[a]/y")
    run.succeed("p[b]/z")
    refused(run, c.SkipStep("p[a]/y", WHY, ANA), "the run has gone on from p")


def test_a_skip_goes_where_its_routes_lead_without_an_output() -> None:
    routes = (Route("y", when="outputs.x.exit == 3"), Route("last"))
    run = Given(plan(shell_step("x", route=routes), shell_step("y"), LAST))
    skip(run, "x")
    assert run.step("last") == "ready"


def test_a_run_goes_back_to_an_earlier_step() -> None:
    run = Given(plan(set_step("draft"), shell_step("send"), LAST))
    run.succeed("draft", {"x": 1})
    run.begin("send")
    back(run, "draft")
    assert (run.step("send"), run.step("draft#2")) == ("cancelled", "ready")
    run.succeed("draft#2", {"x": 2})
    assert run.step("send#2") == "ready"


@pytest.mark.parametrize("status", ["running", "waiting", "paused", "failed"])
def test_a_run_goes_back_wherever_it_stands(status: str) -> None:
    run = Given(plan(set_step("draft"), gate_step(), shell_step("send")))
    run.succeed("draft")
    run.ask()
    if status == "paused":
        run.do(c.PauseRun(ANA))
    if status in ("running", "failed"):
        run.decide("approve" if status == "running" else "reject")
    assert run.status == status
    back(run, "draft")
    assert run.step("draft#2") == "ready"
    assert run.status == ("paused" if status == "paused" else "running")
    if status in ("waiting", "paused"):
        assert run.approval() == "withdrawn"


def test_going_back_in_a_branch_leaves_the_others_alone() -> None:
    held = parallel_step("p", a=(set_step("x"), shell_step("y")), b=shell_step("z"))
    run = Given(plan(held, LAST))
    run.succeed("p[a]/x")
    run.begin("p[b]/z")
    back(run, "p[a]/x")
    assert run.step("p[a]/x#2") == "ready"
    assert (run.step("p[a]/y"), run.step("p[b]/z")) == ("cancelled", "running")


def test_going_back_in_a_branch_that_failed_lets_it_go_on() -> None:
    held = parallel_step("p", a=(set_step("x"), shell_step("y")), b=shell_step("z"))
    run = Given(plan(held, LAST))
    run.succeed("p[b]/z")
    run.succeed("p[a]/x")
    run.fail("p[a]/y")
    assert run.status == "failed"
    back(run, "p[a]/x")
    run.succeed("p[a]/x#2")
    run.succeed("p[a]/y#2")
    assert run.step("last") == "ready"


def test_a_turn_that_has_ended_well_is_not_gone_back_to() -> None:
    run = Given(plan(loop_step("m", '["a", "b"]', shell_step("x")), LAST))
    run.succeed("m[a]/x")
    refused(run, c.GoBack("m[a]/x", ANA), "has gone on from m, in which m.a./x stands")


def test_what_failed_before_a_step_back_is_not_retried_after_it() -> None:
    run = Given(plan(set_step("draft"), gate_step(), shell_step("send")))
    run.succeed("draft")
    run.ask()
    run.decide("approve")
    run.fail("send")
    back(run, "draft")
    run.succeed("draft#2")
    run.ask("gate#2", "a2")
    run.decide("reject", approval="a2")
    refused(run, c.RetryRun(ANA), "no step failed")


LEADING = {
    "back": [c.GoBack("draft", ANA)],
    "back and on": [c.GoBack("draft", ANA), c.StartAttempt("draft#2", "w1")],
}


@pytest.mark.parametrize("how", LEADING)
def test_nobody_goes_back_around_a_gate(how: str) -> None:
    run = Given(plan(set_step("draft"), gate_step(), shell_step("send"), LAST))
    run.succeed("draft")
    run.ask()
    run.decide("approve")
    run.succeed("send")
    for command in LEADING[how]:
        run.do(command)
    refused(run, c.GoBack("send", ANA), "send stands behind gate")
    back(run, "draft")


def test_nobody_goes_back_around_a_gate_in_a_branch() -> None:
    review = parallel_step("review", a=gate_step("ask"))
    run = Given(plan(set_step("draft"), review, shell_step("send"), LAST))
    run.succeed("draft")
    run.ask("review[a]/ask")
    run.decide("approve")
    run.succeed("send")
    back(run, "draft")
    refused(run, c.GoBack("send", ANA), "send stands behind review")


def test_a_loop_of_routes_is_no_way_around_a_gate() -> None:
    check = shell_step("check", route=(Route("fix", when="true"), Route("end")))
    fix = set_step("fix", route=(Route("gate"),))
    run = Given(plan(gate_step(), shell_step("send"), check, fix))
    run.ask()
    run.decide("approve")
    run.succeed("send")
    run.succeed("check")
    refused(run, c.GoBack("send", ANA), "send stands behind gate")


@pytest.mark.parametrize(
    ("whole", "to", "words"),
    [
        (plan(set_step("a", needs=()), LAST), "b", "b was never visited"),
        (plan(set_step("a", max_visits=1), LAST), "a", "visited 1 times, its max"),
    ],
)
def test_a_way_back_that_is_not_there_is_refused(
    whole: Any, to: str, words: str
) -> None:
    run = Given(whole)
    run.succeed("a")
    refused(run, c.GoBack(to, ANA), words)


def test_a_run_that_comes_to_its_end_is_not_taken_back() -> None:
    run = Given(plan(shell_step("x"), finally_=(shell_step("tidy"),)))
    run.succeed("x")
    refused(run, c.GoBack("x", ANA), "has come to its end")
    run.fail("tidy")
    refused(run, c.GoBack("x", ANA), "is succeeded")


SOURCES = {"flag": ContextSource(expr="1")}


def test_the_context_is_not_skipped() -> None:
    run = Given(plan(set_step("a"), context=SOURCES))
    refused(run, c.SkipStep("@context", WHY, ANA), "@context is the context")
