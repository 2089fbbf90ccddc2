"""People tick the items of a checklist, and a gate may wait for all of them."""

from __future__ import annotations

import pytest

from engine.definition.model import Route
from engine.errors import CommandRefused
from engine.machine import commands as c
from engine.machine.state import Edit, Forked, Kept
from engine.machine.ticking import boxes, items_of
from tests.engine.machine.given import (
    ANA,
    BOB,
    Given,
    checks_step,
    gate_step,
    loop_step,
    plan,
    set_step,
)

TEXT = "# List\n\n- [ ] call them\n- [ ] write\n- [x] look\n"
WANTED = ("artifacts.checks",)


def listed(**gate: object) -> Given:
    """A run that has left a checklist of three items, and asks."""
    asks = gate_step(complete=WANTED, show=WANTED, **gate)
    run = Given(plan(checks_step(), asks, set_step("last")))
    run.leave("checks", TEXT)
    run.ask()
    return run


def marks(run: Given, path: str = "checks") -> list[str]:
    assert run.state is not None
    return [i.tick.by.name if i.tick else "" for i in items_of(run.state.steps[path])]


def tick(run: Given, *items: int, path: str = "checks") -> None:
    for item in items:
        run.do(c.TickItem(path, item, ANA))


def refused(run: Given, command: c.Command) -> str:
    before = run.state
    with pytest.raises(CommandRefused) as caught:
        run.do(command)
    assert run.state == before
    return str(caught.value)


def test_who_ticked_and_when_stands_beside_the_item() -> None:
    run = listed()
    run.now += 5
    run.do(c.TickItem("checks", 2, BOB, "write"))
    assert marks(run) == ["", "bob", ""]
    assert run.state is not None
    assert items_of(run.state.steps["checks"])[1].tick.at == run.now  # type: ignore[union-attr]
    assert run.status == "waiting"


def test_a_tick_can_be_taken_back() -> None:
    run = listed()
    tick(run, 1, 2)
    run.do(c.TickItem("checks", 1, BOB, undo=True))
    assert marks(run) == ["", "ana", ""]


def test_the_mark_that_a_document_gives_itself_counts_for_nothing() -> None:
    assert marks(listed()) == ["", "", ""]


def test_boxes_in_code_are_no_items() -> None:
    text = "- [ ] one\n```\n- [ ] none\n```\n  * [X]  two \n- [ ]\n- plain [ ] box\n"
    assert boxes(text) == ["one", "two"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (c.TickItem("checks", 4, ANA), "items 1 to 3; there is no 4"),
        (c.TickItem("checks", 0, ANA), "there is no 0"),
        (c.TickItem("checks", 3, ANA), "ana has ticked item 3 of checks already"),
        (c.TickItem("checks", 1, ANA, undo=True), "item 1 of checks is not ticked"),
        (c.TickItem("checks", 1, ANA, "buy"), "says something else now; look again"),
        (c.TickItem("last", 1, ANA), "last is no checklist"),
        (c.TickItem("gate", 1, ANA), "gate is no checklist"),
    ],
)
def test_what_can_not_be_ticked_is_refused(command: c.Command, words: str) -> None:
    run = listed()
    tick(run, 3)
    assert words in refused(run, command)


def test_a_report_has_nothing_to_tick() -> None:
    run = Given(plan(checks_step(), set_step("last")))
    run.leave("checks", TEXT, form="report")
    assert "is no checklist" in refused(run, c.TickItem("checks", 1, ANA))


def test_a_gate_that_wants_it_complete_names_what_is_open() -> None:
    run = listed()
    tick(run, 2)
    with pytest.raises(CommandRefused) as caught:
        run.decide("approve")
    assert str(caught.value) == (
        "2 of 3 items of checks are open: 1 call them, 3 look;"
        " `weir tick r1 checks ITEM` ticks one"
    )
    assert run.approval() == "pending"
    tick(run, 1, 3)
    run.decide("approve")
    assert run.approval() == "approved"


def test_a_no_needs_nothing_ticked() -> None:
    run = listed()
    run.decide("reject")
    assert run.approval() == "rejected"


def test_every_one_of_several_approvers_needs_it_complete() -> None:
    run = listed(required=2)
    tick(run, 1, 2, 3)
    run.decide("approve")
    run.do(c.TickItem("checks", 2, ANA, undo=True))
    with pytest.raises(CommandRefused, match="1 of 3 items of checks are open"):
        run.decide("approve", BOB)


def test_what_was_approved_as_complete_stays_so() -> None:
    run = listed()
    tick(run, 1, 2, 3)
    run.decide("approve")
    said = refused(run, c.TickItem("checks", 2, ANA, undo=True))
    assert "gate, which ana approved, wanted checks complete" in said


def test_an_edit_keeps_the_ticks_of_items_it_leaves_alone() -> None:
    run = Given(
        plan(checks_step(), gate_step(show=WANTED, edit=WANTED[0]), set_step("last"))
    )
    run.leave("checks", TEXT)
    run.ask()
    tick(run, 1, 2)
    text = "# List\n\n- [ ] call them\n- [ ] write twice\n"
    run.decide("approve", edit=Edit(WANTED[0], "e" * 64, "f" * 64, text, ""))
    assert marks(run) == ["ana", ""]


def test_an_edit_that_adds_an_item_is_not_complete() -> None:
    run = listed()
    tick(run, 1, 2, 3)
    edit = Edit(WANTED[0], "e" * 64, "f" * 64, TEXT + "- [ ] more\n", "")
    with pytest.raises(CommandRefused, match=r"1 of 4 .* open: 4 more"):
        run.decide("approve", edit=edit)


def test_a_list_made_anew_is_ticked_anew() -> None:
    loop = (Route(to="checks", choice="rework"), Route(to="last"))
    asks = gate_step(complete=WANTED, route=loop)
    run = Given(plan(checks_step(), asks, set_step("last")))
    run.leave("checks", TEXT)
    run.ask()
    tick(run, 1, 2, 3)
    run.decide("rework")
    run.leave("checks#2", TEXT)
    run.ask("gate#2", "a2")
    with pytest.raises(CommandRefused, match="3 of 3 items of checks#2"):
        run.decide("approve", approval="a2")
    said = refused(run, c.TickItem("checks", 1, ANA, undo=True))
    assert "checks no longer counts" in said


def test_a_gate_in_a_loop_wants_the_list_of_its_own_turn() -> None:
    turn = loop_step("m", "[1, 2]", checks_step(), gate_step(complete=WANTED))
    run = Given(plan(turn))
    run.leave("m[1]/checks", TEXT)
    run.ask("m[1]/gate")
    with pytest.raises(CommandRefused, match=r"of m\[1\]/checks are open"):
        run.decide("approve")
    tick(run, 1, 2, 3, path="m[1]/checks")
    run.decide("approve")
    assert run.approval() == "approved"


def test_a_run_that_has_ended_still_has_its_list_ticked() -> None:
    run = Given(plan(checks_step()))
    run.leave("checks", TEXT)
    assert run.status == "succeeded"
    tick(run, 1)
    assert (run.status, marks(run)) == ("succeeded", ["ana", "", ""])


def test_a_list_that_a_fork_keeps_begins_with_no_tick() -> None:
    about = {"title": "List", "form": "checklist", "sha256": "e" * 64, "size": 9}
    kept = Kept(
        "checks", 4, "checks", {**about, "text": TEXT, "path": "x"}, artifact=True
    )
    made = plan(checks_step(), gate_step(complete=WANTED))
    run = Given(made, fork=Forked("r0", "gate", 9), kept=(kept,))
    assert marks(run) == ["", "", ""]
    run.ask()
    with pytest.raises(CommandRefused, match="3 of 3 items"):
        run.decide("approve")
