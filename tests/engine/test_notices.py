"""Facts about who is told: as the gate says, else as the rules of weir.toml."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definition.kinds import Escalate, Remind
from engine.machine import commands as c
from engine.machine.state import Failure
from engine.notices import notices_of
from engine.notify_settings import Notify, Rule
from engine.workspace import Config
from store.records import NoticeRecord
from tests.engine.machine.given import (
    ANA,
    DIGEST,
    REQUEST,
    Given,
    gate_step,
    plan,
    shell_step,
)

TARGETS = {"ops": "env:OPS", "ana": "env:ANA", "lead": "env:LEAD"}


def told(gate: dict[str, Any], *rules: Rule, targets: Any = TARGETS) -> dict[str, str]:
    """Why each target is told when such a gate opens."""
    config = Config(
        roles={"csm": ("ana",)}, notify=Notify(targets=targets, rules=tuple(rules))
    )
    return {each.target: each.why for each in opened(config, **gate)}


def opened(config: Config, **gate: Any) -> list[NoticeRecord]:
    run = Given(plan(gate_step(**gate)))
    attempt = run.begin("gate")
    asks = c.RequestApproval("gate", attempt, "w1", "a1", REQUEST, DIGEST)
    return list(notices_of(config, run.plan, run.do(asks)))


def test_without_rules_every_target_is_told() -> None:
    assert set(told({})) == set(TARGETS)


def test_without_targets_nobody_is() -> None:
    assert told({"notify": ("ops",)}, targets={}) == {}


def test_a_gate_that_says_whom_asks_no_rule() -> None:
    found = told({"notify": ("ana",)}, Rule(to=("ops",)))
    assert found == {"ana": "the gate names it under `notify`"}


@pytest.mark.parametrize(
    ("rule", "gate", "fits"),
    [
        ({"risk": ("high",)}, {"risk": "high"}, True),
        ({"risk": ("high", "normal")}, {"risk": "low"}, False),
        ({"workflow": ("w",)}, {}, True),
        ({"workflow": ("renewal-*",)}, {}, False),
        ({"workflow": ("*",)}, {}, True),
        ({"approver": ("ana",)}, {"approvers": ("ana", "bob")}, True),
        ({"approver": ("ana",)}, {"approvers": ("role:csm",)}, True),
        ({"approver": ("role:csm",)}, {"approvers": ("ana",)}, False),
        ({"approver": ("ana",)}, {}, False),
        ({"risk": ("high",), "workflow": ("w",)}, {"risk": "low"}, False),
    ],
)
def test_a_rule_fits_where_all_that_it_says_holds(
    rule: dict[str, Any], gate: dict[str, Any], fits: bool
) -> None:
    assert set(told(gate, Rule(to=("ops",), **rule))) == ({"ops"} if fits else set())


def test_every_rule_that_fits_adds_its_targets_each_once() -> None:
    rules = (Rule(to=("ops",), risk=("high",)), Rule(to=("ops", "ana")))
    assert told({"risk": "high"}, *rules) == {
        "ops": "rule 1 of weir.toml fits it (risk high)",
        "ana": "rule 2 of weir.toml fits it",
    }


def test_reminders_are_told_to_the_same_and_an_escalation_to_whom_it_says() -> None:
    config = Config(notify=Notify(targets=TARGETS))
    run = Given(
        plan(
            gate_step(
                notify=("ops",),
                remind=Remind(after=10, every=10),
                escalate=Escalate(after=30, to=("lead",)),
            )
        )
    )
    run.ask()
    found = []
    for _ in range(4):
        run.now += 10
        change = run.do(c.FireTimer("gate"))
        found += [(n.occasion, n.target) for n in notices_of(config, run.plan, change)]
    assert found == [
        ("reminded 1", "ops"),
        ("reminded 2", "ops"),
        ("escalated", "lead"),
        ("reminded 3", "ops"),
    ]


def test_an_answer_is_told_to_nobody() -> None:
    run = Given(plan(gate_step()))
    run.ask()
    config = Config(notify=Notify(targets=TARGETS))
    assert list(notices_of(config, run.plan, run.decide("approve", ANA))) == []


# Failures

FAILURE = Failure("exit", "exit status 1", retryable=False)


def failing(*rules: Rule, **notify: Any) -> list[NoticeRecord]:
    """Who is told when the only step of a run fails."""
    run = Given(plan(shell_step("pay")))
    attempt = run.begin("pay")
    change = run.do(c.ReportFailure("pay", attempt, "w1", FAILURE))
    config = Config(notify=Notify(targets=TARGETS, rules=tuple(rules), **notify))
    return list(notices_of(config, run.plan, change))


def test_a_run_that_failed_is_told_to_every_target() -> None:
    found = failing()
    assert {each.target for each in found} == set(TARGETS)
    assert {each.about for each in found} == {"r1"}
    assert {each.occasion.split()[0] for each in found} == {"failed"}


def test_weir_toml_says_which_kinds_are_told() -> None:
    assert failing(of=("gates",)) == []
    config = Config(notify=Notify(targets=TARGETS, of=("failures",)))
    assert opened(config) == []


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({}, True),
        ({"workflow": ("w",)}, True),
        ({"workflow": ("other",)}, False),
        ({"of": ("failures",)}, True),
        ({"of": ("gates",)}, False),
        ({"risk": ("normal",)}, False),
        ({"approver": ("ana",)}, False),
    ],
)
def test_a_rule_that_asks_for_what_only_gates_have_fits_no_failure(
    rule: dict[str, Any], fits: bool
) -> None:
    assert bool(failing(Rule(to=("ops",), **rule))) is fits


def test_a_step_that_may_have_happened_is_told_by_its_path() -> None:
    run = Given(plan(shell_step("pay")))
    attempt = run.begin("pay")
    change = run.do(c.ReportLost("pay", attempt, "w1", "its runner is gone"))
    config = Config(notify=Notify(targets={"ops": "env:OPS"}))
    (found,) = notices_of(config, run.plan, change)
    assert (found.about, found.occasion.split()[0]) == ("r1/pay", "interrupted")


def test_what_a_person_said_no_to_is_told_to_nobody() -> None:
    run = Given(plan(gate_step()))
    run.ask()
    change = run.decide("reject", ANA, comment="No.")
    assert run.state is not None
    assert run.state.status == "failed"
    config = Config(notify=Notify(targets=TARGETS))
    assert list(notices_of(config, run.plan, change)) == []
