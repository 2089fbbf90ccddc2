"""Facts about steps: the lock, retries, losses, routes and the end of a run."""

from __future__ import annotations

import pytest

from engine.definition.model import ContextSource, Retry, Route
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.retry import MOST_ASKED, delay
from engine.machine.scope import scope
from engine.machine.state import Failure
from tests.engine.machine.given import (
    ANA,
    Given,
    gate_step,
    plan,
    set_step,
    shell_step,
    wait_step,
)


def test_a_run_goes_through_its_list_and_succeeds() -> None:
    run = Given(plan(set_step("one"), set_step("two")))
    run.succeed("one")
    run.succeed("two")
    assert run.status == "succeeded"


def test_the_second_runner_is_refused() -> None:
    run = Given(plan(shell_step("send")))
    run.begin("send", "w1")
    with pytest.raises(CommandRefused, match="running, not ready"):
        run.begin("send", "w2")


@pytest.mark.parametrize(("attempt", "runner"), [(2, "w1"), (1, "w2"), (0, "w1")])
def test_a_report_of_another_attempt_is_refused(attempt: int, runner: str) -> None:
    run = Given(plan(shell_step("send")))
    run.begin("send")
    with pytest.raises(CommandRefused, match="is over"):
        run.do(c.ReportSuccess("send", attempt, runner))


def test_a_late_word_of_a_dead_runner_is_refused() -> None:
    run = Given(plan(set_step("draft")))
    run.begin("draft", "w1")
    run.do(c.ReportLost("draft", 1, "w1", "silent for 30 s"))
    run.begin("draft", "w2")
    with pytest.raises(CommandRefused, match="is over"):
        run.do(c.ReportSuccess("draft", 1, "w1"))


def test_a_lost_attempt_of_a_safe_step_is_ready_again() -> None:
    run = Given(plan(set_step("draft")))
    run.begin("draft")
    run.do(c.ReportLost("draft", 1, "w1", "gone"))
    assert run.step("draft") == "ready"


def test_a_lost_attempt_of_another_step_asks_a_person() -> None:
    run = Given(plan(shell_step("send")))
    run.begin("send")
    run.do(c.ReportLost("send", 1, "w1", "gone"))
    assert (run.step("send"), run.status) == ("interrupted", "waiting")


def test_a_safe_step_that_keeps_taking_runners_down_asks_a_person() -> None:
    run = Given(plan(set_step("draft")))
    for attempt in range(1, 5):
        run.begin("draft")
        run.do(c.ReportLost("draft", attempt, "w1", "gone"))
    assert run.step("draft") == "interrupted"


@pytest.mark.parametrize(
    ("how", "step", "status"),
    [
        ("again", "ready", "running"),
        ("done", "succeeded", "succeeded"),
        ("fail", "failed", "failed"),
    ],
)
def test_a_person_says_what_became_of_an_interrupted_step(
    how: str, step: str, status: str
) -> None:
    run = Given(plan(shell_step("send")))
    run.begin("send")
    run.do(c.ReportLost("send", 1, "w1", "gone"))
    run.do(c.ResolveStep("send", how, ANA, {"exit": 0}))
    assert (run.step("send"), run.status) == (step, status)


def test_a_failed_attempt_is_tried_again_when_its_time_has_come() -> None:
    run = Given(plan(shell_step("send", retry=Retry(attempts=2, delay=10))))
    run.fail("send")
    assert run.step("send") == "retrying"
    with pytest.raises(CommandRefused, match="comes in 10 s"):
        run.do(c.FireTimer("send"))
    run.now += 10
    run.do(c.FireTimer("send"))
    run.fail("send")
    assert (run.step("send"), run.status) == ("failed", "failed")


@pytest.mark.parametrize(("failures", "wait"), [(0, 2), (1, 4), (2, 8), (10, 60)])
def test_the_delay_grows_and_is_bounded(failures: int, wait: float) -> None:
    retry = Retry(attempts=20, delay=2, backoff=2, max_delay=60)
    assert delay(retry, failures, Failure("exit", "x"), "k") == wait


def test_what_the_other_side_asks_is_the_least_delay() -> None:
    failure = Failure("model", "429", retry_after=90)
    assert delay(Retry(), 0, failure, "k") == 90


def test_a_failure_that_cannot_be_mended_by_trying_is_not_tried_again() -> None:
    run = Given(plan(shell_step("send", retry=Retry(attempts=5))))
    run.fail("send", retryable=False)
    assert run.status == "failed"


@pytest.mark.parametrize(
    ("on", "failure", "again"),
    [
        (["timeout"], Failure("timeout", "no"), True),
        (["timeout"], Failure("exit", "no"), False),
        (["http"], Failure("http", "no", sign="status:404", retryable=False), True),
        (["status:404"], Failure("http", "no", sign="status:404"), True),
        (["status:5xx"], Failure("model", "no", sign="status:503"), True),
        (["status:5xx"], Failure("http", "no", sign="status:404"), False),
        (["status:5xx"], Failure("http", "no", sign="unanswered"), False),
        (["exit:7"], Failure("exit", "no", sign="exit:75"), False),
        (["output", "exit:75"], Failure("exit", "no", sign="exit:75"), True),
    ],
)
def test_what_is_named_is_tried_again_and_nothing_else(
    on: list[str], failure: Failure, again: bool
) -> None:
    retry = Retry(attempts=2, delay=0, on=tuple(on))
    run = Given(plan(shell_step("a", retry=retry)))
    run.do(c.ReportFailure("a", run.begin("a"), "w1", failure))
    assert run.step("a") == ("retrying" if again else "failed")


def test_a_failed_run_goes_on_from_its_failed_step() -> None:
    run = Given(plan(set_step("one"), shell_step("two"), set_step("three")))
    run.succeed("one")
    run.fail("two")
    run.do(c.RetryRun(ANA))
    run.succeed("two")
    run.succeed("three")
    assert run.status == "succeeded"


def test_what_was_ended_half_way_is_not_done_again_by_a_retry() -> None:
    run = Given(plan(shell_step("mail", needs=()), shell_step("b", needs=())))
    run.begin("mail")
    run.fail("b", retryable=False)
    run.do(c.RetryRun(ANA))
    assert (run.step("mail"), run.step("b")) == ("interrupted", "ready")
    run.do(c.ResolveStep("mail", "again", ANA))
    assert run.step("mail") == "ready"


def test_a_step_whose_when_failed_is_not_run_by_a_retry() -> None:
    run = Given(plan(shell_step("send", when="nothing.there")))
    with pytest.raises(CommandRefused, match="never began"):
        run.do(c.RetryRun(ANA))
    assert (run.step("send"), run.status) == ("failed", "failed")


def test_the_context_is_not_marked_done() -> None:
    context = {"x": ContextSource(expr="1")}
    run = Given(plan(set_step("one"), context=context))
    while run.step("@context") == "ready":
        attempt = run.begin("@context")
        run.do(c.ReportLost("@context", attempt, "w1", "its runner is gone"))
    with pytest.raises(CommandRefused, match="can't be marked done"):
        run.do(c.ResolveStep("@context", "done", ANA, {"values": 5}))


def test_a_delay_that_grows_beyond_all_numbers_is_the_longest() -> None:
    retry = Retry(attempts=1000, delay=1, backoff=100, max_delay=60, jitter=0)
    assert delay(retry, 900, Failure("exit", "no"), "r/s") == 60


def test_no_server_holds_a_run_for_longer_than_a_day() -> None:
    asked = Failure("http", "busy", retry_after=float("inf"))
    assert delay(Retry(attempts=2), 0, asked, "r/s") == MOST_ASKED


def test_a_false_when_skips_the_step() -> None:
    run = Given(
        plan(set_step("one", when="inputs.go"), set_step("two")), inputs={"go": False}
    )
    assert (run.step("one"), run.step("two")) == ("skipped", "ready")


def test_a_run_whose_steps_are_all_skipped_has_succeeded() -> None:
    assert Given(plan(set_step("one", when="false"))).status == "succeeded"


def test_a_when_that_can_not_be_read_fails_the_step() -> None:
    run = Given(plan(set_step("one", when="outputs.nothing.x > 1")))
    assert (run.step("one"), run.status) == ("failed", "failed")


def test_a_route_is_taken_by_its_expression_and_recorded() -> None:
    routes = (Route(to="high", when="outputs.score.x >= 70"), Route(to="low"))
    run = Given(
        plan(set_step("score", route=routes), set_step("low"), set_step("high"))
    )
    run.succeed("score", {"x": 80})
    taken = next(x.event for x in run.entries if isinstance(x.event, e.RouteTaken))
    assert taken.chosen == "high"
    assert taken.options == ("high", "low")
    assert taken.why == "outputs.score.x >= 70"
    assert run.step("high") == "ready"


def test_a_loop_counts_its_visits_and_ends_at_the_most() -> None:
    loop = set_step("again", route=(Route(to="again"),), max_visits=3)
    run = Given(plan(loop))
    run.succeed("again")
    run.succeed("again#2")
    run.succeed("again#3")
    assert run.status == "failed"
    assert run.state is not None
    assert run.state.reason == "again was visited 3 times, its max_visits"


def test_a_step_sees_the_output_of_the_visit_before() -> None:
    run = Given(plan(set_step("draft", route=(Route(to="draft"),))))
    run.succeed("draft", {"text": "first"})
    assert run.state is not None
    names = scope(run.plan, run.state, run.now)
    assert names["outputs"]["draft"] == {"text": "first"}


def test_a_wait_ends_at_its_time_and_not_before() -> None:
    run = Given(plan(wait_step("pause"), set_step("after")))
    attempt = run.begin("pause")
    run.do(c.BeginWait("pause", attempt, "w1", run.now + 60))
    assert run.status == "waiting"
    with pytest.raises(CommandRefused):
        run.do(c.FireTimer("pause"))
    run.now += 61
    run.do(c.FireTimer("pause"))
    assert run.step("after") == "ready"


def test_the_context_is_built_before_the_first_step() -> None:
    context = {"customer": ContextSource(expr="1")}
    run = Given(plan(set_step("one"), context=context))
    assert run.state is not None
    assert list(run.state.steps) == ["@context"]
    run.succeed("@context", {"values": {"customer": 1}, "provenance": {}})
    assert run.state.context == {"customer": 1}
    assert run.step("one") == "ready"


def test_a_paused_run_starts_nothing_until_it_is_resumed() -> None:
    run = Given(plan(set_step("one"), set_step("two")))
    run.begin("one")
    run.do(c.PauseRun(ANA, "lunch"))
    run.do(c.ReportSuccess("one", 1, "w1", take="w1"))
    assert run.step("two") == "ready"
    with pytest.raises(CommandRefused, match="is paused"):
        run.begin("two")
    run.do(c.ResumeRun(ANA))
    run.succeed("two")
    assert run.status == "succeeded"


def test_cancelling_reaches_every_active_step_and_open_gate() -> None:
    run = Given(plan(gate_step()))
    run.ask()
    run.do(c.CancelRun(ANA, "not now"))
    assert (run.status, run.step("gate")) == ("cancelled", "cancelled")
    assert run.approval() == "withdrawn"


def test_nothing_moves_a_run_that_has_ended() -> None:
    run = Given(plan(set_step("one")))
    run.succeed("one")
    for command in (
        c.PauseRun(ANA),
        c.CancelRun(ANA),
        c.RetryRun(ANA),
        c.StartAttempt("one", "w1"),
    ):
        with pytest.raises(CommandRefused, match="is succeeded"):
            run.do(command)


def test_a_runner_that_takes_gets_the_next_step_in_the_same_change() -> None:
    run = Given(plan(set_step("one"), set_step("two")))
    run.begin("one")
    change = run.do(c.ReportSuccess("one", 1, "w1", take="w1"))
    kinds = [type(x.event).__name__ for x in change.entries]
    assert kinds == ["StepSucceeded", "StepReady", "AttemptStarted"]


def test_steps_of_a_graph_wait_for_all_they_need() -> None:
    graph = plan(
        set_step("a", needs=()),
        set_step("b", needs=()),
        set_step("c", needs=("a", "b")),
    )
    run = Given(graph)
    run.succeed("b")
    assert run.state is not None
    assert "c" not in run.state.steps
    run.succeed("a")
    run.succeed("c")
    assert run.status == "succeeded"


@pytest.mark.parametrize("last", [("a", "b"), ("b", "a")])
def test_a_step_of_a_graph_is_entered_once(last: tuple[str, ...]) -> None:
    graph = plan(
        set_step("a", needs=()),
        set_step("b", needs=("a",), when="1 == 2"),
        shell_step("send", needs=last),
    )
    run = Given(graph)
    run.succeed("a")
    assert run.state is not None
    assert list(run.state.steps) == ["a", "b", "send"]


@pytest.mark.parametrize("needs", [(), ("a",)])
def test_a_skipped_step_of_a_graph_ends_no_run(needs: tuple[str, ...]) -> None:
    graph = plan(
        set_step("a", needs=()),
        set_step("b", needs=needs, when="1 == 2"),
        set_step("c", needs=needs),
    )
    run = Given(graph)
    run.succeed("a")
    assert run.step("c") == "ready"
    run.succeed("c")
    assert run.status == "succeeded"


def test_thousands_of_steps_may_be_skipped() -> None:
    steps = [set_step(f"s{n}", when="1 == 2") for n in range(1_500)]
    assert Given(plan(*steps)).status == "succeeded"


def test_every_event_leads_back_to_the_root() -> None:
    run = Given(plan(set_step("one"), gate_step()))
    run.succeed("one")
    run.ask()
    run.decide("approve")
    causes = {entry.seq: entry.cause for entry in run.entries}
    for seq in causes:
        walked = seq
        while walked:
            assert causes[walked] < walked
            walked = causes[walked]
