"""Deciding: only on purpose, only on what is shown, only once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from textual.widgets import Input

from engine.errors import StaleDecision
from store import approvals, drafts
from store.tables import Approval
from tests.tui.bench import Room, Seat, sit_down
from tui.app import Workbench
from tui.panes.gate import read_gate
from tui.screens.confirm import Confirm
from tui.screens.form import Form
from tui.screens.line import Line
from tui.screens.work import WorkScreen

LONG = "\n".join(f"line {number} of the draft" for number in range(100))


@pytest.fixture
async def seat(room: Room) -> AsyncIterator[Seat]:
    async with sit_down(room) as seat:
        yield seat


def edits(room: Room) -> list[str]:
    """The gates of which an edit is kept for whoever sits at the desk."""
    kept = drafts.of_person(room.desk.database, room.desk.who.name)
    return [each.gate for each in kept]


def on_panes(seat: Seat) -> bool:
    return isinstance(seat.app.screen, WorkScreen)


async def decided(seat: Seat, approval: str) -> list[str]:
    await seat.until(lambda: seat.room.decided(approval), "a decision")
    return seat.room.decided(approval)


async def untouched(seat: Seat, approval: str) -> bool:
    """After all that the keys have set going has ended: nothing was decided."""
    await seat.pilot.pause()
    await seat.until(lambda: not seat.app.holding)
    return seat.room.decided(approval) == []


def test_a_request_that_is_not_the_one_asked_is_not_shown(room: Room) -> None:
    database, approval = room.desk.database, room.asking()
    asked = approvals.get(database, approval)
    assert asked is not None
    other = asked.request.replace(b'"title":"', b'"title":"Harmless: ')
    assert other != asked.request
    change = Approval.update(request=other).where(Approval.id == approval)
    database.write(lambda: database.run(change))
    changed = approvals.get(database, approval)
    assert changed is not None
    with pytest.raises(StaleDecision, match="is not the one that was asked"):
        read_gate(room.desk.engine, changed)


async def test_a_approves_what_is_shown(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("a")
        assert await decided(seat, approval) == ["approve"]
        await seat.sees("✓ yes")


async def test_what_was_decided_elsewhere_is_still_told_with_what_it_is_for(
    room: Room,
) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.until(lambda: "Ship a version" in listed_row(seat))
        room.desk.withdraw(approval)
        await seat.sees("nothing is asked any more")
        assert "Ship a version" in listed_row(seat)


def listed_row(seat: Seat) -> str:
    return next((line for line in seat.lines if line.startswith(">")), "")


async def test_a_key_too_soon_after_a_change_decides_nothing(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        seat.app.work.approvals.draw()
        await seat.press("a")
        assert await untouched(seat, approval)
        assert "has just changed" in seat.said()


async def test_a_key_held_down_decides_nothing_however_long(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        seat.app.work.approvals.draw()
        for _ in range(30):
            await seat.press("a")
            seat.clock.forward(0.04)
        assert await untouched(seat, approval)
        seat.clock.forward(0.5)
        await seat.press("a")
        assert await decided(seat, approval) == ["approve"]


@pytest.mark.parametrize("key", ["enter", "l", "space", "y", "G"])
async def test_no_other_key_approves(room: Room, key: str) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press(key, key)
        assert await untouched(seat, approval)


async def test_a_second_press_never_falls_on_the_next_one(room: Room) -> None:
    first, second = room.asking(), room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("a")
        assert await decided(seat, first) == ["approve"]
        await seat.sees("✓ yes")
        seat.clock.forward(5)
        await seat.press("a")
        assert await untouched(seat, second)
        assert f"{first} is approved" in seat.said()
        await seat.press("j")
        await seat.until(lambda: seat.app.work.approvals.table.selected == second)
        assert first not in seat.app.work.approvals.table.keys


async def test_what_arrives_moves_neither_cursor_nor_focus(room: Room) -> None:
    first = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        focus = seat.app.focused
        told: list[str] = []
        seat.app.announcer._ring = told.append
        seat.app.announcer._set_title = told.append
        room.asking()
        await seat.sees("Approvals(2)")
        assert told == ["billing: Ship it to everyone?", "(2) billing"]
        pane = seat.app.work.approvals
        assert pane.table.selected == first
        assert pane.gate is not None
        assert pane.gate.approval.id == first
        assert seat.app.focused is focus
        assert on_panes(seat)
        await seat.press("a")
        assert await decided(seat, first) == ["approve"]


async def test_what_arrives_while_a_reason_is_typed_is_not_what_is_rejected(
    room: Room,
) -> None:
    first = room.asking("risky")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("r")
        await seat.until(lambda: isinstance(seat.app.screen, Line))
        second = room.asking("risky")
        await seat.press(*"no")
        await seat.press("enter")
        assert await decided(seat, first) == ["reject"]
        assert room.decided(second) == []


async def test_what_is_no_longer_what_was_shown_is_refused(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        pane = seat.app.work.approvals
        assert pane.gate is not None
        other = msgspec.structs.replace(pane.gate.approval, digest="0" * 64)
        pane.gate = msgspec.structs.replace(pane.gate, approval=other)
        await seat.press("a")
        await seat.until(lambda: "look again" in seat.said())
        assert await untouched(seat, approval)


async def test_what_was_decided_elsewhere_stays_in_sight_and_refuses(
    room: Room,
) -> None:
    first, second = room.asking(), room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        row = room.desk.approval(first)
        room.desk.decide(first, "reject", seen=row.digest, comment="no")
        await seat.sees("this is rejected")
        await seat.until(lambda: "a Approve" not in seat.screen)
        assert "r Reject" not in seat.screen
        assert "/ Filter" in seat.screen
        seat.clock.forward(1)
        await seat.press("a")
        assert room.decided(first) == ["reject"]
        assert room.decided(second) == []
        assert seat.app.work.approvals.table.selected == first


async def test_rejecting_needs_a_reason(room: Room) -> None:
    approval = room.asking("risky")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("r")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press("enter")
        await seat.sees("say something")
        assert room.decided(approval) == []
        await seat.press(*"too soon", "enter")
        assert await decided(seat, approval) == ["reject"]
        assert "too soon" in room.desk.approval(approval).decisions.decode()


async def test_a_canned_reason_is_taken_by_one_key(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("r")
        await seat.sees("1  short: Make it shorter.")
        await seat.press("1")
        assert await untouched(seat, approval), "typed ahead"
        seat.clock.forward(1)
        await seat.press("1")
        assert await decided(seat, approval) == ["reject"]
        said = msgspec.json.decode(room.desk.approval(approval).decisions)[0]
        assert (said["reason"], said["comment"]) == ("short", "Make it shorter.")


async def test_enter_leads_from_the_canned_reasons_to_ones_own(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("r")
        await seat.sees("⏎ type another")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, Line))
        await seat.press(*"2 lines", "enter")
        assert await decided(seat, approval) == ["reject"]
        said = msgspec.json.decode(room.desk.approval(approval).decisions)[0]
        assert (said.get("reason", ""), said["comment"]) == ("", "2 lines")


async def test_after_nine_reasons_come_letters_but_the_one_that_leaves(
    room: Room,
) -> None:
    reasons = ", ".join(f"why-{n}: Because of {n}." for n in range(1, 31))
    room.save(
        "workflow: many\nsteps:\n  - id: ask\n    approval:\n"
        f"      title: Well?\n      reasons: {{{reasons}}}\n"
    )
    approval = room.ask(room.start("many"))
    async with sit_down(room, (100, 50)) as seat:
        await seat.to_approvals()
        await seat.press("r")
        await seat.sees("p  why-25: Because of 25.")
        await seat.sees("r  why-26: Because of 26.")
        seat.clock.forward(1)
        await seat.press("r")
        assert await decided(seat, approval) == ["reject"]
        said = msgspec.json.decode(room.desk.approval(approval).decisions)[0]
        assert said["reason"] == "why-26"


async def test_another_choice_asks_for_a_comment(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("c")
        await seat.sees("2  rework")
        seat.clock.forward(1)
        await seat.press("2")
        await seat.sees("2  tone: Warmer.")
        seat.clock.forward(1)
        await seat.press("2")
        assert await decided(seat, approval) == ["rework"]


async def test_approving_out_of_the_menu_is_confirmed(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("c")
        await seat.sees("1  approve")
        seat.clock.forward(1)
        await seat.press("1")
        await seat.until(lambda: isinstance(seat.app.screen, Confirm))
        seat.clock.forward(1)
        await seat.press("1", "enter")
        await seat.until(lambda: on_panes(seat))
        assert await untouched(seat, approval)


async def test_high_risk_is_a_then_y(room: Room) -> None:
    approval = room.asking("risky")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("a")
        await seat.sees("High risk.")
        seat.clock.forward(1)
        await seat.press("y")
        assert await decided(seat, approval) == ["approve"]


@pytest.mark.parametrize("keys", [["enter"], ["n"], ["q"], ["a", "a", "n"]])
async def test_high_risk_is_not_approved_by_another_key(
    room: Room, keys: list[str]
) -> None:
    approval = room.asking("risky")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("a")
        await seat.sees("High risk.")
        seat.clock.forward(1)
        await seat.press(*keys)
        await seat.until(lambda: on_panes(seat))
        assert await untouched(seat, approval)


async def test_a_y_typed_ahead_is_not_taken(room: Room) -> None:
    approval = room.asking("risky")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("a", "y")
        assert isinstance(seat.app.screen, Confirm)
        assert await untouched(seat, approval)


async def test_approving_waits_until_the_end_was_on_the_screen(room: Room) -> None:
    run = room.start()
    room.succeed(run, "draft", {"text": LONG})
    approval = room.ask(run, LONG)
    async with sit_down(room) as seat:
        await seat.press("2")
        pane = seat.app.work.approvals
        await seat.until(lambda: pane.gate is not None)
        await seat.sees("line 0 of the draft")
        seat.clock.forward(1)
        await seat.press("a")
        assert "read to the end" in seat.said()
        assert await untouched(seat, approval)
        for _ in range(30):
            await seat.press("space")
        await seat.sees("── end")
        seat.clock.forward(1)
        await seat.press("a")
        assert await decided(seat, approval) == ["approve"]


async def test_a_form_is_checked_before_it_is_accepted(room: Room) -> None:
    approval = room.asking("formed")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("a")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        amount = seat.app.screen.query(Input).first()
        amount.value = "900"
        await seat.press("enter", "enter", "enter")
        await seat.sees("at most 50")
        assert isinstance(seat.app.screen, Form)
        await seat.until(lambda: seat.app.focused is amount)
        amount.value = "40"
        await seat.press("enter", "enter", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, Confirm))
        await seat.sees("amount: 40")
        assert room.decided(approval) == []
        seat.clock.forward(1)
        await seat.press("y")
        assert await decided(seat, approval) == ["approve"]
        said = msgspec.json.decode(room.desk.approval(approval).decisions)[0]
        assert said["inputs"]["amount"] == 40


async def test_a_no_after_a_form_leads_back_to_it_as_it_was_filled_in(
    room: Room,
) -> None:
    approval = room.asking("formed")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("a")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"40", "enter", "enter", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, Confirm))
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, Form))
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        assert seat.app.screen.values() == {"amount": "40"}
        await seat.press("escape")
        await seat.until(lambda: not isinstance(seat.app.screen, Form))
        assert room.decided(approval) == []


def writes(text: str) -> object:
    def editor(_: Workbench, path: Path, __: object) -> None:
        assert path.stat().st_mode & 0o777 == 0o600
        path.write_text(text)

    return editor


async def edits_it(seat: Seat) -> None:
    await seat.to_approvals()
    await seat.press("e")
    await seat.sees('+{"text": "bye"}')


async def approves_it_as_edited(seat: Seat, room: Room, approval: str) -> None:
    await seat.until(lambda: seat.app.work.approvals.document.end_seen)
    seat.clock.forward(1)
    await seat.press("a")
    assert await decided(seat, approval) == ["approve"]
    said = msgspec.json.decode(room.desk.approval(approval).decisions)[0]
    assert said["edit"]["text"] == '{"text": "bye"}'


async def test_an_edited_draft_is_shown_and_still_needs_approving(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room, editor=writes('{"text": "bye"}')) as seat:
        await edits_it(seat)
        assert "reads on to what changed, a approves it as edited" in seat.said()
        await seat.sees("✎ edited")
        await seat.press("a")
        assert await untouched(seat, approval)
        await approves_it_as_edited(seat, room, approval)
        await seat.sees("edited it ──")  # the text that the run goes on with
        await seat.sees('+{"text": "bye"}')


async def test_an_edit_that_is_no_json_is_refused_and_kept_for_another_try(
    room: Room,
) -> None:
    approval = room.asking()
    opened: list[str] = []

    def editor(_: Workbench, path: Path, __: object) -> None:
        opened.append(path.read_text())
        path.write_text('{"text": "bye"}' if len(opened) > 1 else '{"text": bye}')

    async with sit_down(room, editor=editor) as seat:
        await seat.to_approvals()
        await seat.press("e")
        await seat.until(lambda: "not JSON at line 1, column 10" in seat.said())
        await seat.sees("your edit is no JSON yet: e opens it again, E drops it")
        seat.clock.forward(1)
        await seat.press("a")
        await seat.until(lambda: "no JSON yet" in seat.said())
        assert await untouched(seat, approval)
        await seat.press("e")
        await seat.sees('+{"text": "bye"}')
        assert opened == ['{"text": "hello"}\n', '{"text": bye}\n']


async def test_an_unchanged_edit_is_cancelled(room: Room) -> None:
    room.asking()
    async with sit_down(room, editor=lambda app, path, place: None) as seat:
        await seat.to_approvals()
        await seat.press("e")
        await seat.until(lambda: "unchanged" in seat.said())
        assert seat.app.work.approvals.drafts.records == {}


async def test_an_edit_outlives_the_window_it_was_made_in(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room, editor=writes('{"text": "bye"}')) as seat:
        await edits_it(seat)
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("✎ edited")
        await seat.sees('+{"text": "bye"}')
        await approves_it_as_edited(seat, room, approval)
        await seat.until(lambda: edits(room) == [])


async def test_an_edit_is_dropped_by_a_key_that_asks(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room, editor=writes('{"text": "bye"}')) as seat:
        await seat.to_approvals()
        await seat.press("E")
        assert "you have edited nothing here" in seat.said()
        await seat.press("e")
        await seat.sees('+{"text": "bye"}')
        await seat.press("E")
        await seat.sees("Drop your edit")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: '+{"text"' not in seat.screen)
        await seat.until(lambda: edits(room) == [])
        assert await untouched(seat, approval)


async def test_an_edit_of_what_is_decided_elsewhere_is_forgotten(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room, editor=writes('{"text": "bye"}')) as seat:
        await edits_it(seat)
    assert edits(room) == [approval]
    digest = room.desk.approval(approval).digest
    room.desk.decide(approval, "reject", seen=digest, comment="no")
    async with sit_down(room) as seat:
        await seat.until(lambda: edits(room) == [])


async def test_what_is_edited_is_not_approved_with_others(room: Room) -> None:
    first, second = room.asking(), room.asking()
    async with sit_down(room, editor=writes('{"text": "bye"}')) as seat:
        await edits_it(seat)
        await seat.press("M", "A")
        await seat.reads_to_the_end()
        await seat.press("y")
        assert await decided(seat, second) == ["approve"]
        await seat.until(lambda: "you have edited it" in seat.said())
        assert await untouched(seat, first)


async def test_the_palette_shows_approving_and_does_not_do_it(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("ctrl+p", *"approve what", "enter")
        await seat.until(lambda: "Enter never decides" in seat.said())
        assert await untouched(seat, approval)


async def test_markup_in_a_title_can_press_no_key(room: Room) -> None:
    room.save(
        "workflow: sly\nsteps:\n  - id: ask\n    approval:\n"
        "      title: \"[@click=app.simulate_key('a')]press[/] array[/foo]\"\n"
    )
    approval = room.ask(room.start("sly"))
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("array[/foo]")
        await seat.app.run_action("app.simulate_key('a')")
        assert await untouched(seat, approval)


async def test_what_is_odd_in_a_text_is_told(room: Room) -> None:
    run = room.start()
    room.succeed(run, "draft", {"text": "x"})
    room.ask(run, "pаy the bill\u202e now")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("<U+202E>")
        await seat.sees("from another script")


async def test_several_approvers_are_counted(room: Room) -> None:
    room.save(
        "workflow: two\nsteps:\n  - id: ask\n    approval:\n"
        "      title: Both?\n      required: 2\n"
    )
    approval = room.ask(room.start("two"))
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("2 of 2 approvals still needed")
        await seat.press("a")
        assert await decided(seat, approval) == ["approve"]
        await seat.sees("1 of 2 approvals still needed")
        assert room.desk.approval(approval).status == "pending"


async def test_enter_puts_the_request_under_the_keys_and_q_gives_them_back(
    room: Room,
) -> None:
    run = room.start()
    room.succeed(run, "draft", {"text": LONG})
    first, _ = room.ask(run, LONG), room.asking()
    async with sit_down(room) as seat:
        pane = seat.app.work.approvals
        await seat.press("2")
        await seat.until(lambda: pane.gate is not None)
        await seat.press("enter")
        await seat.until(lambda: pane.document.has_focus)
        await seat.press("G")
        await seat.sees("── end")
        assert pane.table.selected == first
        await seat.press("q", "j")
        assert pane.table.selected != first


async def test_withdrawing_is_w_then_y(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("w")
        await seat.sees("Nobody is asked any more")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: room.desk.approval(approval).status == "withdrawn")
        await seat.sees("⊘ withdrawn"[:10])
