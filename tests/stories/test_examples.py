"""The examples Weir comes with, each to its end, as a person takes it there."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from engine.starter import examples
from tests.stories.place import until

if TYPE_CHECKING:
    from tests.stories.conftest import Person


@pytest.mark.parametrize("name", examples())
def test_an_example_has_no_problems(person: Person, name: str) -> None:
    person.types("init", "--example", name)
    assert person.reads("check")["problems"] == []


def answers(person: Person, run: str, **choices: str) -> None:
    """Answer every gate of a run that is open, by its step."""
    for gate in person.reads("show", run)["approvals"]:
        if gate["status"] == "pending":
            step = gate["path"].rpartition("/")[2].partition("#")[0]
            words = ("--choice", choices[step], "--comment", "as we said", "--yes")
            person.types("approve", gate["id"], *words)


def test_a_contract_is_read_three_times_and_changes_are_asked_for(
    person: Person,
) -> None:
    person.types("init", "--example", "contract")
    file = "file=contracts/northwind.md"
    run = person.starts("contract-review", "-i", file, ends=3)
    answers(person, run, able="able")
    assert person.waits_until(run, "waiting", "failed") == "waiting"
    shown = person.types("artifact", run, "opinion-of-all")
    assert "Can we? able. as we said" in shown
    answers(person, run, sign="change")
    assert person.waits_until(run, "succeeded", "failed") == "succeeded"
    assert "Our decision: as we said" in person.prompt(run, "letter")


def test_orders_are_handled_and_taken_back(person: Person) -> None:
    person.types("init", "--example", "orders")
    run = person.starts("order-handling", ends=3)
    answers(person, run, large="approve")
    assert person.waits_until(run, "succeeded", "failed") == "succeeded"
    report = person.types("artifact", run, "report")
    assert "o-1002, Grace: shipped" in report
    assert "o-1003, Linus: waits for stock" in report
    shop = sqlite3.connect(person.root / "shop.db")
    stock = "select item, there from stock order by item"
    assert shop.execute(stock).fetchall() == [("desk", 0), ("lamp", 3)]
    person.types("rollback", run, "--yes")
    # Whether the order that had to wait took anything is for a person to say.
    until(lambda: person.reads("inbox"), lambda: person.types("why", run))
    (item,) = person.reads("inbox")
    assert item["path"] == "orders[o-1003]/reserve~undo"
    person.types("skip", run, item["path"], "--reason", "the stock refused it")
    assert person.waits_until(run, "rolled_back") == "rolled_back"
    assert shop.execute(stock).fetchall() == [("desk", 1), ("lamp", 5)]
    paid = shop.execute("select distinct state from payments").fetchall()
    assert paid == [("given back",)]
    shop.close()


def test_letters_are_sorted_each_by_itself(person: Person) -> None:
    person.types("init", "--example", "documents")
    run = person.starts("document-intake", ends=3)
    answers(person, run, look="right")
    assert person.waits_until(run, "succeeded", "failed") == "succeeded"
    overview = person.types("artifact", run, "overview")
    for letter in ("letter.txt", "order.txt", "praise.txt"):
        assert f"- [ ] {letter}: " in overview


def test_a_wish_goes_back_and_forth_until_nothing_is_open(person: Person) -> None:
    person.types("init", "--example", "product")
    run = person.starts("story", "-i", "wish=Export as CSV", ends=3)
    assert person.output(run, "round")["number"] == 1
    assert "Pete asks about your last story" in person.prompt(run, "story#2")
    assert person.output(run, "plan#2")["questions"] == []
    answers(person, run, build="build")
    assert person.waits_until(run, "succeeded", "failed") == "succeeded"


def test_two_prompts_are_compared(person: Person) -> None:
    person.types("init", "--example", "prompts")
    for number in range(6):
        run = person.starts("teaser", "-i", f"text=Text {number}", ends=3)
        answers(person, run, good="approve" if number % 2 else "reject")
        person.waits_until(run, "succeeded", "failed")
    (told,) = person.reads("stats", "teaser")
    assert told["figures"]["runs"] == 6
    assert sum(each["runs"] for each in told["variants"].values()) == 6
    assert set(told["variants"]) <= {"teaser-plain", "teaser-question"}
