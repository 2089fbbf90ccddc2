"""Facts about messages: text in them is data, and they say how to answer."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.machine.state import Request
from engine.notifying.asking import Question
from engine.notifying.words import TEXT, From, Item, clean, message
from store.records import ApprovalRecord
from tests.engine.notifying.given import notice

HERE = From(Path("/home/ana/my work"), "desk", "Europe/Vienna")


def question(title: str = "Send it?", text: str = "", **about: Any) -> Item:
    choices = about.pop("choices", ("approve", "reject"))
    request = Request(title, text, choices=choices)
    told = {"id": "a1", "run": "r1", "path": "ask", "workflow": "w", "digest": ""}
    gate = ApprovalRecord(
        **{
            **told,
            "status": "pending",
            "title": title,
            "request": msgspec.json.encode(request),
            "requested_at": 0.0,
            "risk": "normal",
            "required": 1,
            **about.pop("gate", {}),
        }
    )
    return Question(notice(why="it is so", **about), gate, "expires").told(HERE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\x1b[31mb\x07", "a[31mb"),
        ("a\u202eb\u2066c\u200b", "abc"),
        ("two\nlines\r\n", "two\nlines"),
        (
            "@everyone and <!channel> <@U1> @here",
            "＠everyone and ‹!channel> ‹@U1> ＠here",
        ),
        ("ana@example.com < 3", "ana@example.com < 3"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_text_from_outside_is_data(text: str, told: str) -> None:
    assert clean(text, 300) == told


def test_each_choice_is_a_command_that_a_shell_reads_as_it_is_meant() -> None:
    asked = question(choices=("approve", "re work", "reject"))
    lines = [line.strip() for line in message([asked], HERE).body.splitlines()]
    told = [shlex.split(line) for line in lines if line.startswith("weir")]
    weir = ["weir", "-C", "/home/ana/my work"]
    assert told == [
        [*weir, "approve", "a1"],
        [*weir, "approve", "a1", "--choice", "re work", "--comment", "…"],
        [*weir, "reject", "a1", "--comment", "…"],
    ]


def test_a_message_says_who_may_answer_until_when_and_why_one_gets_it() -> None:
    gate = {"approvers": ("ana", "role:csm"), "deadline": 1_800_000_000.0}
    body = message([question(gate=gate)], HERE).body
    assert "w asks, in run r1; ana, role:csm may answer." in body
    assert "It expires on 2027-01-15 at 09:00 (Europe/Vienna)." in body
    assert body.endswith("You get this as ops, because it is so.")


def test_how_to_answer_comes_before_what_may_be_long() -> None:
    body = message([question(text="long " * 10_000)], HERE).body
    assert len(body) < TEXT + 1000
    assert body.index("approve a1") < body.index("long")


@pytest.mark.parametrize(
    ("occasion", "risk", "title"),
    [
        ("asked", "normal", "Send it?"),
        ("asked", "high", "High risk: Send it?"),
        ("reminded 2", "normal", "Reminder 2: Send it?"),
        ("escalated", "high", "Escalated: High risk: Send it?"),
    ],
)
def test_the_title_says_the_occasion_and_the_risk(
    occasion: str, risk: str, title: str
) -> None:
    asked = question(occasion=occasion, gate={"risk": risk})
    assert message([asked], HERE).title == title


def test_many_gates_are_one_message_which_counts_those_it_has_no_room_for() -> None:
    found = message([question(f"Gate {n}?", about=f"a{n}") for n in range(12)], HERE)
    assert found.title == "12 gates wait for you"
    assert "- Gate 9?" in found.body
    assert "Gate 10?" not in found.body
    assert "and 2 more: weir -C '/home/ana/my work' inbox" in found.body
