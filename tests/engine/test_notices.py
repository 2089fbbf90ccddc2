"""Facts about who is told of a gate: as it says, else as the rules of weir.toml."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definition.kinds import Escalate, Remind
from engine.machine import commands as c
from engine.notices import notices_of
from engine.notify_settings import Notify, Rule
from engine.workspace import Config
from store.records import NoticeRecord
from tests.engine.machine.given import ANA, DIGEST, REQUEST, Given, gate_step, plan

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
