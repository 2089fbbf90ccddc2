"""The shape of who is told of a gate, when again, and who else may then decide."""

from __future__ import annotations

from typing import Any

from engine.definition.kinds import Escalate, Remind
from engine.definition.shapes.basic import Duration, Matching, Whole
from engine.definition.shapes.compound import ListOf
from engine.definition.shapes.mapping import Key, MappingOf
from engine.definition.spot import Spot

APPROVERS = ListOf(
    Matching(
        "a login name or role:NAME",
        r"(role:)?[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?",
        "write ana, or role:csm in quotes",
    ),
    "a list of login names and role:NAME",
    least=1,
)
TARGETS = ListOf(
    Matching(
        "the name of a target",
        r"[A-Za-z0-9_][A-Za-z0-9_-]*",
        "write a name that stands under [notify.targets] in weir.toml",
    ),
    "a list of targets",
    least=1,
)


def check_remind(spot: Spot, values: dict[str, Any]) -> None:
    if "at_most" in values and "every" not in spot.value:
        hint = "add `every:`, or remove it"
        told = "without `every` it is told of again once"
        spot.child("at_most").wrong(told, hint, at_key=True)


def check_escalate(spot: Spot, values: dict[str, Any]) -> None:
    if "to" not in spot.value and "approvers" not in spot.value:
        hint = "say `to`, `approvers` or both"
        spot.wrong("nobody is told, and nobody more may decide", hint)


def check_telling(spot: Spot, values: dict[str, Any]) -> None:
    """What is said while nobody answers comes before the end, and is said once."""
    remind, escalate = values.get("remind"), values.get("escalate")
    if remind and values.get("on_timeout") == "remind":
        hint = "remove one of them; beside `remind` a gate needs no `timeout`"
        both = "`on_timeout: remind` says the same with other times"
        spot.child("remind").wrong(both, hint, at_key=True)
    ends = values.get("timeout") if values.get("on_timeout") != "remind" else None
    for name, after in (("remind", remind), ("escalate", escalate)):
        if after and ends is not None and after.after >= ends:
            hint = "say less than `timeout`"
            late = "nobody waits any more by then"
            spot.child(name).child("after").wrong(late, hint)
    if escalate and escalate.approvers and not values.get("approvers"):
        hint = "add `approvers` to the gate, or remove these"
        told = "anyone may decide from the beginning"
        spot.child("escalate").child("approvers").wrong(told, hint, at_key=True)


REMIND = MappingOf(
    "a reminder",
    Remind,
    {
        "after": Key(Duration(), "How long nobody answers.", required=True),
        "every": Key(Duration(), "How long until the next one; none when left out."),
        "at_most": Key(Whole(1, 1000), "How many there are; no end when left out."),
    },
    check_remind,
)
ESCALATE = MappingOf(
    "an escalation",
    Escalate,
    {
        "after": Key(Duration(), "How long nobody answers.", required=True),
        "to": Key(TARGETS, "Who is told then: targets of weir.toml."),
        "approvers": Key(APPROVERS, "Who may decide from then on, besides the others."),
    },
    check_escalate,
)
