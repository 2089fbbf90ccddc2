"""Facts about a step that waits for something that may never come."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine.definition.kinds import Elsewhere, Wait
from engine.definition.model import ContextSource, Retry, Step
from engine.definition.typed import Field
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine.missing import missing
from engine.machine.state import (
    DecisionAwaited,
    Failure,
    FileAwaited,
    ValuesAwaited,
)
from engine.machine.waiting import words_of
from tests.engine.machine.given import ANA, NOW, Given, plan, set_step

FILE = FileAwaited("in/a.csv")


def awaiting_step(**about: object) -> Step:
    do = Wait(file="in/a.csv")
    return Step(id="a", kind="wait", do=do, timeout=60, **about)  # type: ignore[arg-type]


def waiting(*more: Step, **about: object) -> Given:
    """A run whose first step waits, for a minute at most."""
    run = Given(plan(awaiting_step(**about), *(more or (set_step("b"),))))
    attempt = run.begin("a")
    run.do(c.BeginWait("a", attempt, "w1", NOW + 60, FILE))
    return run


def test_what_has_come_is_the_output_and_the_run_goes_on() -> None:
    run = waiting()
    assert (run.status, run.step("a")) == ("waiting", "waiting")
    run.do(c.ReportAwaited("a", 1, {"path": "in/a.csv"}))
    assert run.state is not None
    assert run.state.steps["a"].output == {"path": "in/a.csv"}
    assert run.step("b") == "ready"


def test_what_has_not_come_in_time_is_a_failure() -> None:
    run = waiting()
    run.now += 60
    run.do(c.FireTimer("a"))
    assert run.state is not None
    error = run.state.steps["a"].error
    assert error == Failure("timeout", "waited 1m for the file in/a.csv")
    assert run.status == "failed"


def test_silence_may_lead_on_where_the_step_says_so() -> None:
    run = waiting(on_error="continue")
    run.now += 60
    run.do(c.FireTimer("a"))
    assert (run.step("a"), run.step("b")) == ("failed", "ready")


def test_a_wait_that_failed_is_begun_again_as_often_as_it_says() -> None:
    run = waiting(retry=Retry(attempts=2, delay=5))
    run.now += 60
    run.do(c.FireTimer("a"))
    assert run.step("a") == "retrying"
    with pytest.raises(CommandRefused, match="waits for nothing"):
        run.do(c.ReportAwaited("a", 1, {}))
    run.now += 5
    run.do(c.FireTimer("a"))
    attempt = run.begin("a")
    run.do(c.BeginWait("a", attempt, "w1", run.now + 60, FILE))
    with pytest.raises(CommandRefused, match="attempt 1 of a is over"):
        run.do(c.ReportAwaited("a", 1, {}))
    run.do(c.ReportAwaited("a", 2, {}))
    assert run.step("a") == "succeeded"


def test_what_can_not_come_any_more_is_a_failure() -> None:
    run = waiting()
    run.do(c.ReportAwaited("a", 1, failure=Failure("missing", "no", retryable=False)))
    assert (run.step("a"), run.status) == ("failed", "failed")


def test_it_comes_to_a_paused_run_which_goes_on_later() -> None:
    run = waiting()
    run.do(c.PauseRun(ANA))
    run.do(c.ReportAwaited("a", 1, {}))
    assert (run.status, run.step("b")) == ("paused", "ready")


@pytest.mark.parametrize(
    "ends",
    [c.CancelRun(ANA), c.SkipStep("a", "no", ANA), c.ResolveStep("a", "done", ANA)],
)
def test_the_word_that_comes_late_is_refused(ends: c.Command) -> None:
    run = waiting()
    run.do(ends)
    with pytest.raises(CommandRefused, match="the word came late"):
        run.do(c.ReportAwaited("a", 1, {}))


def test_a_wait_for_a_time_is_ended_by_its_time_alone() -> None:
    run = Given(plan(Step(id="a", kind="wait", do=Wait(seconds=60))))
    run.do(c.BeginWait("a", run.begin("a"), "w1", NOW + 60))
    with pytest.raises(CommandRefused, match="waits for nothing"):
        run.do(c.ReportAwaited("a", 1, {}))
    run.now += 60
    run.do(c.FireTimer("a"))
    assert run.status == "succeeded"


def test_what_is_waited_for_in_words() -> None:
    assert words_of(FILE) == "the file in/a.csv"
    assert words_of(FileAwaited("in/*", pattern=True)) == "a file that fits in/*"
    assert words_of(DecisionAwaited("r1", "ask")) == "the decision at ask of run r1"
    assert Wait(decision=Elsewhere("r1", "ask")).awaits
    assert not Wait(seconds=1).awaits


BOTH = ValuesAwaited(("data.x", "data.y"), "no file")


def lacking() -> Given:
    """A run whose first step waits for two values of the context."""
    context = {"data": ContextSource(expr="{}")}
    run = Given(plan(set_step("a"), set_step("b"), context=context))
    run.do(c.StartAttempt("@context", "w1"))
    run.do(c.ReportSuccess("@context", 1, "w1", {"values": {"data": {}}}))
    attempt = run.begin("a")
    run.do(c.BeginWait("a", attempt, "w1", None, BOTH))
    return run


def test_a_step_that_lacks_values_has_no_end_and_goes_on_when_all_are_given() -> None:
    run = lacking()
    assert run.state is not None
    assert (run.status, run.state.steps["a"].wake_at) == ("waiting", None)
    run.do(c.SetContext({"data.x": 1}, ANA))
    assert run.step("a") == "waiting"
    run.do(c.SetContext({"data.y": 2}, ANA))
    assert run.step("a") == "ready"
    assert run.state.context == {"data": {"x": 1, "y": 2}}
    run.begin("a")
    assert run.state.steps["a"].awaits is None


def test_what_does_not_fit_is_given_of_another_kind_and_has_to_fit() -> None:
    context = {"data": ContextSource(expr="{}")}
    types = {"data.x": Field("integer", minimum=1), "data.y": Field("integer")}
    step = replace(set_step("a"), requires=(*types,), types=types)
    run = Given(plan(step, context=context))
    run.do(c.StartAttempt("@context", "w1"))
    found = {"data": {"x": "many", "y": "few", "z": 1}}
    run.do(c.ReportSuccess("@context", 1, "w1", {"values": found}))
    attempt = run.begin("a")
    unfit = {"data.x": "must be a whole number", "data.y": "must be a whole number"}
    awaits = ValuesAwaited(("data.x", "data.y"), unfit=unfit)
    run.do(c.BeginWait("a", attempt, "w1", None, awaits))
    with pytest.raises(CommandRefused, match=r"`data\.z` is a number, and this"):
        run.do(c.SetContext({"data.z": "x"}, ANA))
    run.do(c.SetContext({"data.x": 1}, ANA))
    assert run.state is not None
    lack = missing(run.plan, run.state)
    assert [each.told for each in lack.values] == [
        "data.y (integer), for a: must be a whole number; got `few`"
    ]
    assert lack.waits == "a waits for another value"
    with pytest.raises(CommandRefused, match=r"`data\.x` must be at least 1"):
        run.do(c.SetContext({"data": {"x": 0, "y": 0, "z": 1}}, ANA))
    run.do(c.SetContext({"data.y": 0}, ANA))
    assert run.step("a") == "ready"
    assert run.state.context == {"data": {"x": 1, "y": 0, "z": 1}}


def test_what_it_lacked_may_have_come_by_itself() -> None:
    run = lacking()
    run.do(c.ReportAwaited("a", 1, {"path": "data.json"}))
    assert run.step("a") == "ready"


def test_a_context_that_is_not_filled_yet_takes_what_it_waits_for() -> None:
    context = {"data": ContextSource(file="data.json")}
    run = Given(plan(set_step("a"), context=context))
    with pytest.raises(CommandRefused, match="has not filled its context yet"):
        run.do(c.SetContext({"data": 1}, ANA))
    run.do(c.StartAttempt("@context", "w1"))
    run.do(c.BeginWait("@context", 1, "w1", None, ValuesAwaited(("data",))))
    with pytest.raises(CommandRefused, match="the context has no `other`"):
        run.do(c.SetContext({"other": 1}, ANA))
    run.do(c.SetContext({"data": {"x": 1}}, ANA))
    assert run.step("@context") == "ready"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("a.b",), "a value of a.b"),
        (("a.b", "c"), "values of a.b, c"),
    ],
)
def test_values_in_words(names: tuple[str, ...], words: str) -> None:
    assert words_of(ValuesAwaited(names)) == words


def test_another_value_is_waited_for_where_one_was_found() -> None:
    one = ValuesAwaited(("a",), unfit={"a": "must be a number"})
    assert words_of(one) == "another value of a"
