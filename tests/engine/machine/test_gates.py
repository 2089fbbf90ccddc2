"""Facts about gates: silence is not consent, a decision is bound to what was seen."""

from __future__ import annotations

import pytest

from engine.definition.kinds import Escalate, Remind
from engine.definition.model import Route
from engine.definition.typed import Field
from engine.errors import CommandRefused, InvalidValues, StaleDecision
from engine.machine import commands as c
from engine.machine import events as e
from engine.machine.scope import scope
from engine.machine.state import Actor, Edit
from tests.engine.machine.given import (
    ANA,
    BOB,
    DIGEST,
    Given,
    gate_step,
    plan,
    set_step,
)


def asked(**about: object) -> Given:
    routes = about.pop("route", ())
    run = Given(
        plan(set_step("draft"), gate_step(route=routes, **about), set_step("send"))
    )  # type: ignore[arg-type]
    run.succeed("draft", {"x": 1})
    run.ask()
    return run


def test_approving_lets_the_run_go_on() -> None:
    run = asked()
    assert run.status == "waiting"
    run.decide("approve")
    assert (run.approval(), run.step("send")) == ("approved", "ready")


def test_what_runs_next_carries_the_digest_of_what_was_shown() -> None:
    run = asked()
    run.decide("approve")
    run.begin("send")
    started = [x.event for x in run.entries if isinstance(x.event, e.AttemptStarted)]
    assert started[-1].approved == DIGEST


def test_a_decision_on_something_else_is_refused() -> None:
    run = asked()
    with pytest.raises(StaleDecision):
        run.decide("approve", digest="0" * 64)
    assert run.approval() == "pending"


def test_a_decided_gate_does_not_open_again() -> None:
    run = asked()
    run.decide("approve")
    with pytest.raises(CommandRefused, match="already approved by ana"):
        run.decide("reject", BOB)


def test_rejecting_without_a_route_ends_the_run_and_says_who() -> None:
    run = asked()
    run.decide("reject", comment="too dear")
    assert run.state is not None
    assert (run.approval(), run.status) == ("rejected", "failed")
    assert run.state.reason == "reject by ana at gate: too dear"


def test_rework_goes_back_with_the_comment() -> None:
    run = asked(route=(Route(to="draft", choice="rework"), Route(to="send")))
    run.decide("rework", comment="warmer")
    assert run.step("draft#2") == "ready"
    assert run.approval() == "rejected"
    assert run.state is not None
    names = scope(run.plan, run.state, run.now)
    assert names["decisions"]["gate"]["comment"] == "warmer"


def test_a_canned_reason_fills_the_comment() -> None:
    run = asked(reasons={"tone": "Warmer, less formal."})
    run.decide("reject", reason="tone")
    assert run.state is not None
    assert run.state.approvals["a1"].decisions[0].comment == "Warmer, less formal."


def test_an_unknown_choice_or_reason_leaves_the_gate_open() -> None:
    run = asked()
    for about in ({"choice": "maybe"}, {"choice": "reject", "reason": "mood"}):
        with pytest.raises(CommandRefused):
            run.decide(**about)  # type: ignore[arg-type]
    assert run.approval() == "pending"


@pytest.mark.parametrize("approvers", [("carla",), ("role:legal",)])
def test_only_approvers_decide(approvers: tuple[str, ...]) -> None:
    run = asked(approvers=approvers)
    with pytest.raises(CommandRefused, match="ana may not decide this"):
        run.decide("approve")


def test_a_role_makes_an_approver() -> None:
    run = asked(approvers=("role:csm",))
    run.decide("approve", ANA)
    assert run.approval() == "approved"


def test_two_approvals_take_two_people() -> None:
    run = asked(required=2)
    run.decide("approve", ANA)
    assert run.approval() == "pending"
    with pytest.raises(CommandRefused, match="ana has already decided"):
        run.decide("approve", ANA)
    run.decide("approve", BOB)
    assert run.approval() == "approved"


def test_one_no_is_enough() -> None:
    run = asked(required=2)
    run.decide("approve", ANA)
    run.decide("reject", BOB)
    assert run.approval() == "rejected"


def test_a_script_does_not_approve_high_risk() -> None:
    run = asked(risk="high")
    with pytest.raises(CommandRefused, match="high risk"):
        run.decide("approve", Actor("ana", via="script"))
    run.decide("reject", Actor("ana", via="script"))
    assert run.approval() == "rejected"


def test_a_form_is_checked_before_the_decision_is_accepted() -> None:
    run = asked(form={"amount": Field(type="number", maximum=100)})
    for wrong in ({}, {"amount": 200}, {"amount": "x"}, {"amount": 1, "other": 2}):
        with pytest.raises(InvalidValues):
            run.decide("approve", inputs=wrong)
    assert run.approval() == "pending"
    run.decide("approve", inputs={"amount": 40})
    assert run.state is not None
    assert run.state.steps["gate"].output["inputs"] == {"amount": 40}


def test_an_approved_edit_is_what_later_steps_see() -> None:
    run = asked(show=("outputs.draft",))
    edit = Edit("outputs.draft", "a" * 64, "b" * 64, '{"x": 2}', "-1\n+2")
    run.decide("approve", edit=edit)
    assert run.state is not None
    assert run.state.steps["draft"].output == {"x": 2}
    decided = next(
        x.event for x in run.entries if isinstance(x.event, e.ApprovalDecided)
    )
    assert decided.decision.edit == edit


@pytest.mark.parametrize(
    ("choice", "edit"),
    [
        ("approve", Edit("outputs.draft", "a", "b", "not json", "")),
        ("approve", Edit("outputs.other", "a", "b", "{}", "")),
        ("reject", Edit("outputs.draft", "a", "b", "{}", "")),
    ],
)
def test_a_wrong_edit_leaves_the_gate_open(choice: str, edit: Edit) -> None:
    run = asked(show=("outputs.draft",))
    with pytest.raises((CommandRefused, InvalidValues)):
        run.decide(choice, edit=edit)
    assert run.approval() == "pending"


@pytest.mark.parametrize(
    ("then", "approval", "gate", "run_status"),
    [
        ("expire", "expired", "cancelled", "cancelled"),
        ("fail", "expired", "failed", "failed"),
        ("remind", "pending", "waiting", "waiting"),
        ("route:draft", "expired", "succeeded", "running"),
    ],
)
def test_silence_is_never_consent(
    then: str, approval: str, gate: str, run_status: str
) -> None:
    run = asked(timeout=60, on_timeout=then)
    with pytest.raises(CommandRefused):
        run.do(c.FireTimer("gate"))
    run.now += 60
    run.do(c.FireTimer("gate"))
    assert (run.approval(), run.step("gate"), run.status) == (
        approval,
        gate,
        run_status,
    )
    assert run.state is not None
    assert "send" not in run.state.steps


def test_a_reminder_comes_again() -> None:
    run = asked(timeout=60, on_timeout="remind")
    for _ in range(3):
        run.now += 60
        run.do(c.FireTimer("gate"))
    assert run.state is not None
    assert run.state.approvals["a1"].reminders == 3


def test_a_gate_is_told_of_again_as_often_as_it_says_and_keeps_its_end() -> None:
    about = {"timeout": 1000, "on_timeout": "expire"}
    run = asked(remind=Remind(after=60, every=100, at_most=3), **about)
    ends = run.now + 1000
    for seconds in (60, 100, 100):
        with pytest.raises(CommandRefused):
            run.do(c.FireTimer("gate"))
        run.now += seconds
        run.do(c.FireTimer("gate"))
    assert run.state is not None
    gate = run.state.approvals["a1"]
    assert (gate.reminders, gate.remind_at, gate.deadline) == (3, None, ends)
    assert run.state.steps["gate"].wake_at == ends
    run.now = ends
    run.do(c.FireTimer("gate"))
    assert run.approval() == "expired"


def test_a_reminder_without_every_comes_once() -> None:
    run = asked(remind=Remind(after=60))
    run.now += 60
    run.do(c.FireTimer("gate"))
    assert run.state is not None
    assert run.state.steps["gate"].wake_at is None


def test_reminders_that_nobody_was_awake_for_are_one() -> None:
    run = asked(remind=Remind(after=60, every=60))
    run.now += 1000
    run.do(c.FireTimer("gate"))
    assert run.state is not None
    gate = run.state.approvals["a1"]
    assert (gate.reminders, gate.remind_at) == (1, run.now + 60)


def test_an_escalation_lets_others_decide_and_decides_nothing() -> None:
    run = asked(
        approvers=("ana",), escalate=Escalate(after=60, approvers=("bob", "role:lead"))
    )
    with pytest.raises(CommandRefused, match="bob may not decide this; ana may"):
        run.decide("approve", BOB)
    run.now += 60
    run.do(c.FireTimer("gate"))
    assert (run.approval(), run.status) == ("pending", "waiting")
    with pytest.raises(CommandRefused, match="ana, bob, role:lead may"):
        run.decide("approve", Actor("eve"))
    run.decide("approve", BOB)
    assert run.approval() == "approved"


def test_what_is_over_is_over_and_nobody_is_told_of_it_any_more() -> None:
    more = Escalate(after=50, approvers=("bob",))
    about = {"timeout": 100, "on_timeout": "expire", "escalate": more}
    run = asked(remind=Remind(after=50, every=10), **about)
    run.now += 100
    run.do(c.FireTimer("gate"))
    assert run.approval() == "expired"
    gate = run.state.approvals["a1"]  # type: ignore[union-attr]
    assert (gate.reminders, gate.approvers) == (0, ())
    with pytest.raises(CommandRefused):
        run.do(c.FireTimer("gate"))


def test_an_expired_gate_takes_the_route_named_for_it() -> None:
    routes = (Route(to="draft", choice="expired"), Route(to="send"))
    run = asked(timeout=60, on_timeout="expire", route=routes)
    run.now += 60
    run.do(c.FireTimer("gate"))
    assert (run.approval(), run.step("draft#2")) == ("expired", "ready")


def test_withdrawing_is_not_rejecting() -> None:
    run = asked()
    run.do(c.WithdrawApproval("a1", ANA))
    assert (run.approval(), run.status) == ("withdrawn", "cancelled")


def test_a_no_whose_routes_do_not_match_is_not_a_yes() -> None:
    run = asked(route=(Route(to="draft", choice="reject", when="1 == 2"),))
    run.decide("reject", comment="never")
    assert run.status == "failed"
    assert run.state is not None
    assert run.state.reason == "reject by ana at gate: never"
    assert "send" not in run.state.steps


def test_a_no_follows_no_route_that_does_not_name_it() -> None:
    run = asked(route=(Route(to="send"), Route(to="draft", choice="reject")))
    run.decide("reject")
    assert run.step("draft#2") == "ready"
    assert run.state is not None
    assert "send" not in run.state.steps


@pytest.mark.parametrize("how", ["expired", "withdrawn"])
def test_an_ending_takes_the_first_of_its_routes_that_matches(how: str) -> None:
    routes = (
        Route(to="send", choice=how, when="1 == 2"),
        Route(to="draft", choice=how),
    )
    run = asked(timeout=60, on_timeout="expire", route=routes)
    run.now += 60
    gone = c.FireTimer("gate") if how == "expired" else c.WithdrawApproval("a1", ANA)
    run.do(gone)
    assert (run.approval(), run.step("draft#2")) == (how, "ready")


def test_nobody_marks_a_gate_as_decided() -> None:
    run = Given(plan(gate_step(approvers=("ana",)), set_step("send")))
    while run.step("gate") == "ready":
        attempt = run.begin("gate")
        run.do(c.ReportLost("gate", attempt, "w1", "its runner is gone"))
    with pytest.raises(CommandRefused, match="its approvers decide"):
        run.do(c.ResolveStep("gate", "done", BOB, {"choice": "approve"}))
    run.do(c.ResolveStep("gate", "again", BOB))
    assert run.step("gate") == "ready"


def test_a_decision_is_no_draft_to_be_edited() -> None:
    second = gate_step("second", show=("outputs.gate",))
    run = Given(plan(gate_step(), second, set_step("send")))
    run.ask()
    run.decide("approve")
    run.ask("second", "a2")
    edit = Edit("outputs.gate", "x" * 64, "y" * 64, '{"by": "bob"}', "")
    with pytest.raises(CommandRefused, match="is not a draft"):
        run.decide("approve", approval="a2", edit=edit)
    assert run.approval("a2") == "pending"


@pytest.mark.parametrize(("then", "decided"), [("expire", False), ("remind", True)])
def test_a_deadline_holds_also_while_nobody_keeps_it(then: str, decided: bool) -> None:
    run = asked(timeout=60, on_timeout=then)
    run.now += 61
    if decided:
        run.decide("approve")
    else:
        with pytest.raises(CommandRefused, match="could be decided until 1s ago"):
            run.decide("approve")
    assert run.approval() == ("approved" if decided else "pending")
