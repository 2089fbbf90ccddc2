"""Steps that can't go on stand in the inbox beside gates, and are answered there."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from engine.ids import new_id
from engine.machine import commands as c
from tests.tui.bench import Room, Seat, sit_down
from tui.screens.choose import Choose
from tui.screens.line import Line

pytestmark = pytest.mark.usefixtures("clock")

PAY = """\
workflow: pay
steps:
  - {id: pay, shell: "true", unattended: true}
"""
PAYS = """\
workflow: pays
steps:
  - {id: inner, run: pay}
"""
LACKS = """\
workflow: lacks
context:
  customer.arr: {file: none.json, optional: true}
steps:
  - {id: use, requires: [customer.arr], set: {x: "{{ customer.arr }}"}}
"""


LACKS_TWO = """\
workflow: lacks-two
context:
  customer: {file: none.json, optional: true}
steps:
  - id: use
    requires:
      customer.arr: {type: number, description: US dollars}
      customer.name: text
    set: {x: 1}
  - {id: say, set: {x: "{{ customer.name }}"}}
"""


def unsure(room: Room) -> str:
    room.save(PAY)
    run = room.start("pay")
    room.interrupt(run, "pay")
    return run


def lacking(room: Room) -> str:
    room.save(LACKS)
    run = room.start("lacks")
    room.take(run, "@context")
    left = {"values": {"customer": {"arr": None}}}
    room.engine.handle(run, c.ReportSuccess("@context", 1, "w1", left))
    room.lack(run, "use", "customer.arr")
    return run


def lacking_two(room: Room, why: str = "") -> str:
    """A run that lacks a number and a text."""
    room.save(LACKS_TWO)
    run = room.start("lacks-two")
    room.take(run, "@context")
    left = {"values": {"customer": None}}
    room.engine.handle(run, c.ReportSuccess("@context", 1, "w1", left))
    room.lack(run, "use", "customer.arr", "customer.name", why=why)
    return run


def keys(seat: Seat) -> list[str]:
    return list(seat.app.work.approvals.table.keys)


async def test_they_are_listed_counted_and_said_after_the_gates(room: Room) -> None:
    approval = room.asking()
    run, other = unsure(room), lacking(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("2")
        await seat.until(lambda: len(keys(seat)) == 3)
        assert {*keys(seat)} == {approval, f"{run}/pay", f"{other}/use"}
        assert seat.app.work.facts.waiting == 3
        seat.app.work.approvals.select(f"{run}/pay")
        await seat.sees("pay may or may not have happened")
        await seat.sees("say what became of it")
        seat.app.work.approvals.select(f"{other}/use")
        await seat.sees("missing: customer.arr")
        await seat.sees("give the values")


async def test_enter_asks_what_became_of_the_step_and_it_leaves_when_the_cursor_does(
    room: Room,
) -> None:
    approval, run = room.asking(), unsure(room)
    row = f"{run}/pay"
    async with sit_down(room) as seat:
        await seat.press("2")
        await seat.until(lambda: {*keys(seat)} == {approval, row})
        seat.app.work.approvals.select(row)
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, Choose))
        assert room.engine.load(run).steps["pay"].status == "interrupted"
        seat.clock.forward(1)
        await seat.press("3")
        await seat.until(lambda: isinstance(seat.app.screen, Line))
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"looked", "enter")
        await seat.until(lambda: room.engine.load(run).ended)
        await seat.sees("It waits no longer.")
        assert "Resolve" not in seat.lines[-1]
        assert seat.app.work.facts.waiting == 1
        assert seat.app.work.approvals.table.selected == row
        await seat.press("enter")
        await seat.until(lambda: "pay is answered" in seat.said())
        seat.app.work.approvals.select(approval)
        await seat.until(lambda: keys(seat) == [approval])


async def test_enter_asks_for_the_values_that_are_missing(room: Room) -> None:
    run = lacking(room)
    async with sit_down(room) as seat:
        await seat.press("2")
        await seat.until(lambda: keys(seat) == [f"{run}/use"])
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.sees("customer.arr · JSON, or a text · for use")
        await seat.press(*"42")
        await seat.app.screen.finish()  # type: ignore[attr-defined]
        await seat.until(
            lambda: room.engine.load(run).context == {"customer": {"arr": 42}}
        )
        await seat.sees("It waits no longer.")


async def test_what_the_context_lacks_is_told_of_the_context(room: Room) -> None:
    room.save(LACKS)
    run = room.start("lacks")
    room.lack(run, "@context", "customer.arr")
    async with sit_down(room) as seat:
        await seat.press("2")
        await seat.sees(f"{run} · lacks · the context")


async def test_a_form_without_a_value_says_so_and_stays_with_what_is_refused(
    room: Room,
) -> None:
    run = lacking_two(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("2")
        await seat.until(lambda: keys(seat) == [f"{run}/use"])
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        form = seat.app.screen
        await form.finish()  # type: ignore[attr-defined]
        await seat.sees("nothing is filled in yet")
        await seat.press(*"4.5")
        room.desk.cancel(run, "no more")
        await form.finish()  # type: ignore[attr-defined]
        await seat.sees(f"{run} does not wait for")
        assert seat.app.screen is form
        assert form.values() == {"customer.arr": "4.5"}  # type: ignore[attr-defined]


async def test_all_that_a_run_lacks_is_told_and_given_in_one_form(room: Room) -> None:
    run = lacking_two(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("2")
        await seat.until(lambda: keys(seat) == [f"{run}/use"])
        await seat.sees("customer.arr  number · for use · US dollars")
        await seat.sees("customer.name  text · for use, say")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"4.5", "tab")
        await seat.press(*"Ana")
        await seat.app.screen.finish()  # type: ignore[attr-defined]
        given = {"customer": {"arr": 4.5, "name": "Ana"}}
        await seat.until(lambda: room.engine.load(run).context == given)
        await seat.sees("It waits no longer.")


async def test_what_was_given_is_asked_no_more_and_why_the_rest_is_not_there_is_told(
    room: Room,
) -> None:
    why = "customer: none.json is not there"
    run = lacking_two(room, why)
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("2")
        await seat.sees("customer.name  text")
        await seat.sees(why)
        room.desk.fill(run, {"customer.name": "Ana"})
        await seat.until(lambda: "customer.name" not in seat.screen)
        await seat.sees("missing: customer.arr")


async def test_what_was_found_and_does_not_fit_is_told_and_given_anew(
    room: Room,
) -> None:
    room.save(LACKS_TWO)
    run = room.start("lacks-two")
    room.take(run, "@context")
    left = {"values": {"customer": {"arr": "many", "name": "Ana"}}}
    room.engine.handle(run, c.ReportSuccess("@context", 1, "w1", left))
    words = "must be a number; got `many`"
    room.lack(run, "use", "customer.arr", unfit={"customer.arr": words})
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("2")
        await seat.until(lambda: keys(seat) == [f"{run}/use"])
        await seat.sees("does not fit: customer.arr")
        await seat.sees("customer.arr  number · for use · US dollars")
        await seat.sees(words)
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"4.5")
        await seat.app.screen.finish()  # type: ignore[attr-defined]
        given = {"customer": {"arr": 4.5, "name": "Ana"}}
        await seat.until(lambda: room.engine.load(run).context == given)
        await seat.sees("It waits no longer.")


async def test_a_run_is_answered_for_those_inside_of_it(room: Room) -> None:
    room.save(PAY)
    room.save(PAYS)
    pins = {"workflow/pay": room.versions["pay"]}
    parent, child = room.start("pays", pins), new_id("r")
    attempt = room.take(parent, "inner").steps["inner"].attempt
    room.engine.handle(parent, c.BeginChild("inner", attempt, "w1", child))
    room.interrupt(child, "pay")
    async with sit_down(room, (120, 40)) as seat:
        await seat.until(lambda: parent in seat.app.work.runs.table.keys)
        seat.app.work.runs.select(parent)
        await seat.until(lambda: seat.app.work.runs.chosen.id == parent)
        await seat.sees("Resolve")
        await seat.press("m")
        await seat.until(lambda: isinstance(seat.app.screen, Choose))


async def test_they_are_snoozed_and_no_gate_key_means_them(room: Room) -> None:
    run = unsure(room)
    async with sit_down(room) as seat:
        await seat.press("2")
        await seat.until(lambda: keys(seat) == [f"{run}/pay"])
        seat.clock.forward(1)
        await seat.press("a")
        assert "a step that can't go on: Enter answers it" in seat.said()
        await seat.press("s")
        await seat.until(lambda: isinstance(seat.app.screen, Choose))
        seat.clock.forward(1)
        await seat.press("1")
        await seat.until(lambda: f"{run}/pay is snoozed" in seat.said())
        await seat.until(lambda: seat.app.work.facts.waiting == 0)
        assert room.engine.load(run).steps["pay"].status == "interrupted"


async def test_three_of_one_step_are_three_rows_since_each_has_its_own_answer(
    room: Room,
) -> None:
    runs = [unsure(room) for _ in range(3)]
    async with sit_down(room) as seat:
        await seat.press("2")
        await seat.until(lambda: {*keys(seat)} == {f"{run}/pay" for run in runs})


async def test_a_filter_finds_them(room: Room) -> None:
    room.asking()
    run = unsure(room)
    async with sit_down(room) as seat:
        await seat.press("2")
        await seat.until(lambda: len(keys(seat)) == 2)
        seat.app.work.approvals.select(f"{run}/pay")
        seat.app.work.approvals.filter_by("workflow:pay")
        await seat.until(lambda: keys(seat) == [f"{run}/pay"])
