"""Facts about giving a run another value for its context."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definition.model import ContextSource, Route, Step
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine import events as e
from tests.engine.machine.given import (
    ANA,
    BOB,
    Given,
    gate_step,
    parallel_step,
    plan,
    set_step,
    shell_step,
)

SOURCES = {"customer.name": ContextSource(file="x"), "flag": ContextSource(expr="1")}
SHOWS = {"show": ("customer",), "title": "Send it?"}
LAST = set_step("last")


def begun(*steps: Step, **about: object) -> Given:
    """A run of these steps with its context filled."""
    run = Given(plan(*steps, context=SOURCES, **about))
    customer = {"name": "Ana", "x": 1}
    values = {"customer": customer, "flag": True}
    run.succeed("@context", {"values": values, "provenance": dict.fromkeys(SOURCES)})
    return run


def put(run: Given, **values: object) -> None:
    run.do(c.SetContext({key.replace("_", "."): v for key, v in values.items()}, BOB))


def refused(run: Given, values: dict[str, object], words: str) -> None:
    before = run.state
    with pytest.raises(CommandRefused, match=words):
        run.do(c.SetContext(values, ANA))
    assert run.state == before


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("customer.name", "Bob", ""),
        ("customer.name.first", "Bob", ""),
        ("flag", False, ""),
        ("flag", None, ""),
        ("customer.name", 3, "`customer.name` is a text, and this is a number"),
        ("flag", "no", "`flag` is true or false, and this is a text"),
        ("customer.arr", 3, "no `customer.arr`; it has customer.name, flag"),
    ],
)
def test_a_context_value_is_given_anew(name: str, value: object, words: str) -> None:
    run = Given(plan(set_step("a"), context=SOURCES))
    refused(run, {name: value}, "not filled its context yet")
    run = begun(set_step("a"))
    if words:
        refused(run, {name: value}, words)
        return
    run.do(c.SetContext({name: value}, ANA))
    found: Any = run.state.context  # type: ignore[union-attr]
    assert found["customer"]["x"] == 1
    for part in name.split("."):
        found = found[part]
    assert found == value


def test_values_are_given_together_or_not_at_all() -> None:
    run = begun(set_step("a"))
    refused(run, {"customer.name": "Bob", "flag": "no"}, "`flag` is true or false")
    put(run, customer_name="Bob", flag=False)
    assert run.state is not None
    assert run.state.context == {"customer": {"name": "Bob", "x": 1}, "flag": False}


@pytest.mark.parametrize(
    "asked",
    [
        {"show": ("customer",)},
        {"show": ("customer.name",)},
        {"title": "Send it to {{ customer.name }}?"},
        {"text": "For {{ customer.name | upper }}"},
    ],
)
def test_an_open_gate_that_shows_the_value_asks_anew(asked: dict[str, object]) -> None:
    run = begun(gate_step(**asked), LAST)
    run.ask()
    put(run, customer_name="Bob")
    assert (run.approval(), run.step("gate"), run.status) == (
        "withdrawn",
        "ready",
        "running",
    )
    with pytest.raises(CommandRefused, match="a1 is already withdrawn"):
        run.decide("approve")
    run.ask(approval="a2")
    run.decide("approve", approval="a2")
    assert run.step("last") == "ready"


def test_an_open_gate_that_does_not_show_the_value_stays_as_it_is() -> None:
    run = begun(gate_step(**SHOWS), LAST)
    run.ask()
    put(run, flag=False)
    put(run, customer_name="Ana")  # as it was
    assert (run.approval(), run.step("gate")) == ("pending", "waiting")


def test_a_decision_that_was_not_enough_goes_with_its_question() -> None:
    run = begun(gate_step(required=2, **SHOWS), LAST)
    run.ask()
    run.decide("approve")
    put(run, customer_name="Bob")
    run.ask(approval="a2")
    run.decide("approve", BOB, approval="a2")
    assert (run.approval("a2"), run.step("gate")) == ("pending", "waiting")


def test_a_gate_in_a_paused_run_asks_anew_when_that_goes_on() -> None:
    run = begun(gate_step(**SHOWS), LAST)
    run.ask()
    run.do(c.PauseRun(ANA))
    put(run, customer_name="Bob")
    assert (run.step("gate"), run.status) == ("ready", "paused")


def test_a_gate_that_is_about_to_ask_is_let_ask_first() -> None:
    run = begun(gate_step(**SHOWS), LAST)
    attempt = run.begin("gate")
    refused(run, {"customer.name": "Bob"}, "gate shows `customer` and is about to ask")
    run.do(c.ReportLost("gate", attempt, "w1", "gone"))
    put(run, customer_name="Bob")


def test_who_asked_anew_and_why_stands_in_the_history() -> None:
    run = begun(gate_step(**SHOWS), LAST)
    run.ask()
    put(run, customer_name="Bob")
    events = [entry.event for entry in run.entries[-3:]]  # type: ignore[attr-defined]
    said = "`customer`, which it shows, was set anew"
    assert events == [
        e.ContextSet("customer.name", "Bob", BOB),
        e.ApprovalWithdrawn("a1", "gate", BOB, said),
        e.StepResumed("gate", BOB, said),
    ]


def approved(*after: Step) -> Given:
    run = begun(set_step("draft"), gate_step(**SHOWS), *after)
    run.succeed("draft")
    run.ask()
    run.decide("approve")
    return run


def test_a_value_behind_an_approval_stays_as_it_was_approved() -> None:
    run = approved(shell_step("send"))
    words = "`customer` was shown at gate, which ana approved; `weir back r1 --to gate`"
    refused(run, {"customer.name": "Bob"}, words)
    refused(run, {"flag": False, "customer.name": "Bob"}, words)
    put(run, flag=False)
    run.fail("send")
    refused(run, {"customer.name": "Bob"}, words)


@pytest.mark.parametrize("to", ["gate", "draft"])
def test_once_the_run_was_taken_back_it_can_be_set(to: str) -> None:
    run = approved(shell_step("send"), LAST)
    run.succeed("send")
    run.do(c.GoBack(to, ANA))
    put(run, customer_name="Bob")
    if to == "draft":
        run.succeed("draft#2")
    run.ask("gate#2", "a2")
    run.decide("approve", approval="a2")
    refused(run, {"customer.name": "Cy"}, "was shown at gate#2")


def test_what_may_go_around_the_gate_still_rests_on_it() -> None:
    short = set_step("draft", route=(Route("last", when="flag"), Route("gate")))
    run = begun(short, gate_step(**SHOWS), LAST)
    run.do(c.SetContext({"flag": False}, ANA))
    run.succeed("draft")
    run.ask()
    run.decide("approve")
    run.do(c.GoBack("draft", ANA))
    refused(run, {"customer.name": "Bob"}, "was shown at gate, which ana approved")


def test_a_no_holds_no_value_fast() -> None:
    loop = (Route("draft", choice="rework"), Route("last", choice="approve"))
    run = begun(set_step("draft"), gate_step(route=loop, **SHOWS), LAST)
    run.succeed("draft")
    run.ask()
    run.decide("rework")
    put(run, customer_name="Bob")


@pytest.mark.parametrize("ended", [False, True])
def test_an_approval_in_a_branch_holds_its_value(ended: bool) -> None:
    held = parallel_step("p", a=(gate_step(**SHOWS), shell_step("y")), b=set_step("z"))
    run = begun(held, LAST)
    run.ask("p[a]/gate")
    run.decide("approve")
    if ended:
        run.succeed("p[a]/y")
        run.succeed("p[b]/z")
    where = "p" if ended else r"'p\[a\]/gate'"
    refused(run, {"customer.name": "Bob"}, f"weir back r1 --to {where}`")
    run.do(c.GoBack("p" if ended else "p[a]/gate", ANA))
    put(run, customer_name="Bob")


def test_in_a_graph_going_back_asks_again() -> None:
    run = begun(gate_step(**SHOWS), set_step("a", needs=("gate",)))
    run.ask()
    run.decide("approve")
    refused(run, {"customer.name": "Bob"}, "`weir back r1 --to gate` asks again")
    run.do(c.GoBack("gate", ANA))
    put(run, customer_name="Bob")


def test_what_is_done_at_the_end_rests_on_an_approval_too() -> None:
    run = begun(gate_step(**SHOWS), finally_=(shell_step("tidy"),))
    run.ask()
    run.decide("approve")
    refused(run, {"customer.name": "Bob"}, "`weir fork r1 --from gate` begins a run")


def test_after_a_roll_back_and_a_retry_the_gate_is_before_the_run_again() -> None:
    run = approved(shell_step("send"), LAST)
    run.do(c.RollBack("", ANA))
    run.do(c.RetryRun(ANA))
    put(run, customer_name="Bob")
