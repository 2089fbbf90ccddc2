"""What only later steps need of the context is looked up when one of them is ready."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine.definition.kinds import Approval, Llm, Shell
from engine.definition.model import (
    Agent,
    Branch,
    ContextSource,
    Parallel,
    Retry,
    Route,
    Step,
    Workflow,
)
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine.needing import all_behind
from engine.machine.state import ContextAwaited, ValuesAwaited
from tests.engine.machine.forking_given import forked
from tests.engine.machine.given import (
    ANA,
    Given,
    loop_step,
    parallel_step,
    plan,
    reading,
    set_step,
    shell_step,
)

FILE, NOTE = ContextSource(file="a.json"), ContextSource(expr="'x'")
FIRST = set_step("first")


def begun(*steps: Step, **sources: ContextSource) -> Given:
    """A run whose context is filled as far as it is before the first step."""
    run = Given(plan(*steps, context=sources))
    assert run.state is not None
    names = run.state.steps["@context"].looks_up or ()
    run.succeed("@context", left(*names))
    return run


def left(*names: str) -> dict[str, object]:
    """What a lookup of these names leaves: each has its own name as a value."""
    return {"values": {n: n for n in names}, "provenance": {n: {} for n in names}}


# What is put off


@pytest.mark.parametrize(
    ("steps", "first"),
    [
        pytest.param((FIRST, reading("b", "later")), ["other"], id="a later step's"),
        pytest.param((reading("a", "later"),), ["later", "other"], id="the first's"),
        pytest.param(
            (parallel_step("p", x=reading("a", "later")),),
            ["later", "other"],
            id="of the first in a branch",
        ),
        pytest.param(
            (parallel_step("p", x=(FIRST, reading("a", "later"))),),
            ["other"],
            id="of the second in a branch",
        ),
        pytest.param(
            (FIRST, set_step("b", when="later == 1")), ["later", "other"], id="a when"
        ),
        pytest.param(
            (FIRST, set_step("b", route=(Route(to="b", when="later == 1"),))),
            ["later", "other"],
            id="a route",
        ),
        pytest.param(
            (FIRST, loop_step("m", "later", set_step("b"))),
            ["later", "other"],
            id="what is gone through",
        ),
        pytest.param(
            (
                FIRST,
                Step(
                    id="p",
                    kind="parallel",
                    do=Parallel((Branch("x", (set_step("b"),), cancel_when="later"),)),
                ),
            ),
            ["later", "other"],
            id="a cancel_when",
        ),
        pytest.param((FIRST, set_step("b")), ["later", "other"], id="nobody's"),
    ],
)
def test_what_only_later_steps_read_is_put_off(
    steps: tuple[Step, ...], first: list[str]
) -> None:
    run = Given(plan(*steps, context={"later": FILE, "other": NOTE}))
    assert run.state is not None
    assert run.state.steps["@context"].looks_up == tuple(first)


def test_what_a_value_is_made_of_comes_with_it() -> None:
    made = Workflow(
        name="w",
        context={
            "customer": FILE,
            "customer.plan": NOTE,
            "size": ContextSource(expr="customer.arr * rate"),
            "rate": NOTE,
            "of": ContextSource(sql="select :size", one=True),
            "data.a": NOTE,
            "data.b": NOTE,
        },
    )
    assert all_behind(made, [("of",)]) == (
        "customer",
        "customer.plan",
        "size",
        "rate",
        "of",
    )
    assert all_behind(made, [("data", "b", "x")]) == ("data.b",)
    assert all_behind(made, [("data",)]) == ("data.a", "data.b")


def test_whoever_may_be_asked_and_whatever_undoes_is_provided_for() -> None:
    asks = Step(id="asks", kind="llm", do=Llm(prompt="x", agent="a"))
    books = shell_step("books", undo=Shell(run="echo {{ of.undo }}"))
    made = plan(
        FIRST,
        asks,
        books,
        context={"of.agent": NOTE, "of.undo": NOTE},
        agents={"a": Agent(name="a", system="{{ of.agent }}")},
    )
    assert made.needs.by_step["asks"] == ("of.agent",)
    assert made.needs.by_step["books"] == ("of.undo",)
    assert made.needs.first == ()


# Looking it up


def test_a_step_waits_until_what_it_needs_was_looked_up() -> None:
    run = begun(FIRST, reading("b", "later"), later=FILE)
    run.succeed("first")
    assert run.state is not None
    assert run.state.steps["b"].awaits == ContextAwaited(("later",))
    assert (run.status, run.step("@context#2")) == ("running", "ready")
    run.succeed("@context#2", left("later"))
    assert (run.step("b"), run.state.context) == ("ready", {"later": "later"})
    run.succeed("b")
    assert (run.status, run.state.steps["b"].attempt) == ("succeeded", 1)


def test_who_reports_the_step_before_takes_the_lookup_and_then_the_step() -> None:
    run = begun(FIRST, reading("b", "later"), later=FILE)
    run.begin("first")
    run.do(c.ReportSuccess("first", 1, "w1", {}, take="w1"))
    assert run.step("@context#2") == "running"
    run.do(c.ReportSuccess("@context#2", 1, "w1", left("later"), take="w1"))
    assert run.step("b") == "running"


def test_what_is_found_stands_beside_what_was() -> None:
    run = begun(
        reading("first", "data.a"),
        reading("b", "data.b"),
        **{"data.a": NOTE, "data.b": NOTE},
    )
    assert run.state is not None
    run.succeed("first")
    found = {"values": {"data": {"b": 2}}, "provenance": {"data.b": {}}}
    run.succeed("@context#2", found)
    assert run.state.context == {"data.a": "data.a", "data": {"b": 2}}


def test_steps_that_need_the_same_wait_for_one_lookup() -> None:
    run = begun(
        FIRST,
        parallel_step(
            "p", x=reading("a", "one"), y=reading("b", "one"), z=reading("d", "two")
        ),
        one=FILE,
        two=NOTE,
    )
    run.succeed("first")
    assert run.state is not None
    assert run.state.steps["@context#2"].looks_up == ("one",)
    assert run.state.steps["@context#3"].looks_up == ("two",)
    run.succeed("@context#2", left("one"))
    assert run.step("p[x]/a") == run.step("p[y]/b") == "ready"
    assert run.step("p[z]/d") == "waiting"


def test_what_overlaps_is_looked_up_in_turn() -> None:
    run = begun(
        FIRST,
        parallel_step("p", x=reading("a", "one"), y=reading("b", "one ~ two")),
        one=FILE,
        two=NOTE,
    )
    run.succeed("first")
    assert run.state is not None
    assert "@context#3" not in run.state.steps
    run.succeed("@context#2", left("one"))
    assert (run.step("p[x]/a"), run.step("p[y]/b")) == ("ready", "waiting")
    run.succeed("@context#3", left("two"))
    assert run.step("p[y]/b") == "ready"


def test_a_lookup_that_was_lost_is_done_again() -> None:
    run = begun(FIRST, reading("b", "later"), later=FILE)
    run.succeed("first")
    attempt = run.begin("@context#2")
    run.do(c.ReportLost("@context#2", attempt, "w1", "its runner is gone"))
    assert (run.step("@context#2"), run.step("b")) == ("ready", "waiting")


def test_what_is_found_nowhere_is_asked_for_and_given() -> None:
    run = begun(FIRST, reading("b", "later"), later=FILE)
    run.succeed("first")
    attempt = run.begin("@context#2")
    run.do(c.BeginWait("@context#2", attempt, "w1", None, ValuesAwaited(("later",))))
    assert run.status == "waiting"
    run.do(c.SetContext({"later": 5}, ANA))
    assert run.step("@context#2") == "ready"
    run.succeed("@context#2", left("later"))
    assert run.step("b") == "ready"


def test_a_lookup_that_failed_is_a_failure_of_who_needs_it() -> None:
    run = begun(FIRST, reading("b", "later"), later=FILE)
    run.succeed("first")
    run.fail("@context#2")
    assert (run.step("b"), run.status) == ("failed", "failed")
    run.do(c.RetryRun(ANA))
    assert (run.step("b"), run.step("@context#3")) == ("waiting", "ready")
    run.succeed("@context#3", left("later"))
    run.succeed("b")
    assert run.status == "succeeded"


def test_a_step_goes_on_after_a_lookup_that_failed_as_it_says() -> None:
    run = begun(
        FIRST,
        reading("b", "later", on_error="continue"),
        set_step("last"),
        later=FILE,
    )
    run.succeed("first")
    run.fail("@context#2")
    assert (run.step("b"), run.step("last")) == ("failed", "ready")


def test_what_failed_to_be_looked_up_is_tried_as_often_as_the_step_says() -> None:
    retry = Retry(attempts=2, delay=5)
    run = begun(FIRST, reading("b", "later", retry=retry), later=FILE)
    run.succeed("first")
    run.fail("@context#2")
    assert run.step("b") == "retrying"
    run.now += 5
    run.do(c.FireTimer("b"))
    assert (run.step("b"), run.step("@context#3")) == ("waiting", "ready")
    run.fail("@context#3")
    assert run.status == "failed"


def test_what_is_looked_up_first_is_tried_as_the_most_patient_says() -> None:
    steps = (
        reading("a", "first", retry=Retry(attempts=2, delay=5)),
        reading("b", "first", retry=Retry(attempts=3, delay=7)),
        reading("c", "later", retry=Retry(attempts=9)),
    )
    run = Given(plan(*steps, context={"first": FILE, "later": FILE}))
    for _ in range(2):
        run.fail("@context")
        assert (run.step("@context"), run.status) == ("retrying", "running")
        run.now += 14
        run.do(c.FireTimer("@context"))
        assert run.step("@context") == "ready"
    run.fail("@context")
    assert run.status == "failed"


def test_what_is_looked_up_first_is_tried_once_where_nothing_says_more() -> None:
    run = Given(plan(reading("a", "first"), context={"first": FILE}))
    run.fail("@context")
    assert run.status == "failed"


def test_a_person_may_say_that_a_lookup_does_not_come_off() -> None:
    run = begun(FIRST, reading("b", "later", on_error="continue"), later=FILE)
    run.succeed("first")
    for _ in range(4):
        attempt = run.begin("@context#2")
        run.do(c.ReportLost("@context#2", attempt, "w1", "gone"))
        if run.step("@context#2") == "interrupted":
            break
    run.do(c.ResolveStep("@context#2", "fail", ANA))
    assert (run.step("b"), run.status) == ("failed", "succeeded")


# What else happens meanwhile


def test_nothing_is_looked_up_for_a_step_that_is_skipped() -> None:
    run = begun(FIRST, reading("b", "later"), set_step("last"), later=FILE)
    run.succeed("first")
    run.begin("@context#2")
    run.do(c.SkipStep("b", "by hand", ANA))
    assert (run.step("@context#2"), run.step("last")) == ("cancelled", "ready")


def test_a_run_that_needs_nothing_more_has_ended() -> None:
    run = begun(
        FIRST,
        parallel_step("p", x=set_step("a"), y=reading("b", "later"), join="any"),
        later=FILE,
    )
    run.succeed("first")
    run.succeed("p[x]/a")
    assert (run.step("@context#2"), run.status) == ("cancelled", "succeeded")


def test_what_is_done_at_the_end_has_its_context_too() -> None:
    made = plan(FIRST, finally_=(reading("tell", "later"),), context={"later": FILE})
    run = Given(made)
    run.succeed("@context", left())
    run.succeed("first")
    assert (run.step("tell"), run.step("@context#2")) == ("waiting", "ready")
    run.succeed("@context#2", left("later"))
    run.succeed("tell")
    assert run.status == "succeeded"


def test_after_a_cancel_it_is_looked_up_anew_with_the_step() -> None:
    run = begun(FIRST, reading("b", "later"), later=FILE)
    run.succeed("first")
    run.begin("@context#2")
    run.do(c.GoBack("first", ANA))
    assert run.step("@context#2") == "cancelled"
    run.succeed("first#2")
    assert (run.step("b#2"), run.step("@context#3")) == ("waiting", "ready")


def test_what_was_looked_up_stays_when_the_run_is_rolled_back() -> None:
    run = begun(FIRST, reading("b", "later"), later=FILE)
    run.succeed("first")
    run.succeed("@context#2", left("later"))
    run.succeed("b")
    run.do(c.RollBack("first", ANA))
    run.do(c.RetryRun(ANA))
    assert run.step("b#2") == "ready"


def test_a_fork_has_all_that_the_old_run_had_looked_up() -> None:
    run = begun(
        FIRST,
        reading("b", "later"),
        reading("d", "much_later"),
        later=FILE,
        much_later=NOTE,
    )
    run.succeed("first")
    run.succeed("@context#2", left("later"))
    run.succeed("b")
    again = forked(run, "b")
    assert again.state is not None
    assert (again.step("first"), again.step("b")) == ("succeeded", "ready")
    assert again.state.context == {"later": "later"}
    again.succeed("b")
    assert (again.step("d"), again.step("@context#2")) == ("waiting", "ready")


def test_a_fork_from_the_context_looks_all_of_it_up_anew() -> None:
    run = begun(reading("a", "one"), set_step("b"), reading("d", "one"), one=NOTE)
    run.succeed("a")
    run.succeed("b")
    run.succeed("d")
    again = forked(run, "@context")
    assert list(again.state.steps) == ["@context"]  # type: ignore[union-attr]
    assert again.step("@context") == "ready"


def test_a_value_may_be_given_before_it_is_looked_up_but_not_meanwhile() -> None:
    run = begun(FIRST, reading("b", "later"), later=FILE)
    run.do(c.SetContext({"later": 5}, ANA))
    with pytest.raises(CommandRefused, match="give all of it, or wait"):
        run.do(c.SetContext({"later.part": 5}, ANA))
    run.succeed("first")
    with pytest.raises(CommandRefused, match="is being looked up"):
        run.do(c.SetContext({"later": 6}, ANA))


def test_nobody_else_says_that_the_context_has_come() -> None:
    run = begun(FIRST, reading("b", "later"), later=FILE)
    run.succeed("first")
    for said in (c.ReportAwaited("b", 0, {"x": 1}), c.FireTimer("b")):
        with pytest.raises(CommandRefused):
            run.do(said)


def test_the_context_of_an_old_run_is_all_there() -> None:
    """Histories from before anything was put off say no names."""
    old = Given(plan(FIRST, reading("b", "later"), context={"later": FILE}))
    assert old.state is not None
    step = replace(old.state.steps["@context"], looks_up=None)
    old.state = replace(old.state, steps={"@context": step})
    old.succeed("@context", {"values": {"later": 1}, "provenance": {"later": {}}})
    old.succeed("first")
    assert old.step("b") == "ready"


def test_a_gate_asks_when_what_it_shows_was_looked_up() -> None:
    asks = Approval(title="Send?", show=("later",))
    run = begun(FIRST, Step(id="gate", kind="approval", do=asks), later=FILE)
    run.succeed("first")
    assert run.step("gate") == "waiting"
    assert not run.state.approvals  # type: ignore[union-attr]
    run.succeed("@context#2", left("later"))
    assert run.step("gate") == "ready"
