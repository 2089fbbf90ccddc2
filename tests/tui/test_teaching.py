"""The last line: the keys that work on what is chosen, as many as fit."""

from __future__ import annotations

import pytest

from tests.tui.bench import Room, sit_down
from tests.tui.test_stuck import lacking, unsure
from tui.actions import RUNS
from tui.keymap import default_keymap
from tui.screens.form import Form
from tui.teaching import in_keys


async def test_a_step_that_may_have_happened_is_answered_and_not_approved(
    room: Room,
) -> None:
    unsure(room)
    async with sit_down(room) as seat:
        await seat.press("2")
        await seat.sees("⏎ Resolve")
        assert "Approve" not in seat.lines[-1]
        await seat.press("1")
        await seat.sees("m Resolve")


async def test_marked_gates_are_decided_by_keys_that_are_taught_first(
    room: Room,
) -> None:
    room.asking()
    room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("a Approve")
        assert "Approve marked" not in seat.lines[-1]
        await seat.press("m")
        await seat.sees("A Approve marked X Reject marked")


async def test_the_keys_of_a_row_say_of_how_many_gates_it_is(room: Room) -> None:
    for _ in range(4):
        room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("A Approve ×4 X Reject ×4 a Approve r Reject")
        await seat.press("m")
        await seat.sees("A Approve marked X Reject marked")


async def test_inside_of_a_failed_run_its_retry_is_taught_before_a_rollback(
    room: Room,
) -> None:
    room.fail(room.start(), "draft", "no disk")
    async with sit_down(room) as seat:
        await seat.sees("R Retry")
        await seat.press("i")
        await seat.sees("R Retry o Fork")


async def test_what_is_taught_follows_the_run_under_the_cursor(room: Room) -> None:
    failed = room.start()
    room.fail(failed, "draft", "no disk")
    room.start()
    async with sit_down(room) as seat:
        await seat.sees("x Stop")
        assert "R Retry" not in seat.lines[-1]
        await seat.press("j")
        await seat.sees("R Retry")
        assert "x Stop" not in seat.lines[-1]


async def test_a_paused_run_is_let_go_on(room: Room) -> None:
    room.start()
    async with sit_down(room) as seat:
        await seat.sees("p Pause")
        await seat.press("p")
        await seat.sees("p Go on")


@pytest.mark.parametrize(("size", "more"), [((80, 24), False), ((160, 50), True)])
async def test_a_wide_terminal_is_taught_more(
    room: Room, size: tuple[int, int], more: bool
) -> None:
    room.start()
    async with sit_down(room, size) as seat:
        await seat.sees("x Stop")
        assert ("i Inside" in seat.lines[-1]) == more
        assert len(seat.lines[-1]) < size[0]


@pytest.mark.parametrize(
    ("typed", "pressed"),
    [
        ("you say: `weir mark r1 pay --again | weir skip r1 pay`", "m (Resolve)"),
        ("you say: `weir fill r1 customer.arr=…`", "f (Fill in)"),
        ("`weir approve a1` (expires in 2 h)", "2 then a (Approve) (expires in 2 h)"),
        ("`weir resume r1` goes on", "p (Pause) goes on"),
        ("`weir retry r1` x, `weir retry r1 --newest` y", "R (Retry) x, or y"),
        ("`weir runner status` tells", "go (Runner) tells"),
        ("`weir why r2` tells more", "w (Why) on r2 tells more"),
        ("`weir doctor --rebuild` writes it", "`weir doctor --rebuild` writes it"),
    ],
)
def test_what_a_shell_would_be_told_is_said_in_keys(typed: str, pressed: str) -> None:
    assert in_keys(typed, default_keymap(), RUNS).removeprefix("you say: ") == pressed


async def test_why_names_keys_and_the_form_says_what_for(room: Room) -> None:
    lacking(room)
    async with sit_down(room) as seat:
        await seat.press("w")
        await seat.until(lambda: "f (Fill in)" in seat.said())
        assert "`weir" not in seat.said()
        await seat.press("f")
        await seat.until(lambda: isinstance(seat.app.screen, Form))
        await seat.sees("for use")
