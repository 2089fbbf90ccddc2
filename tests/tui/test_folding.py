"""The same gate of many runs is one row, which opens to its runs."""

from __future__ import annotations

from tests.tui.bench import Room, Seat, sit_down
from tui.widgets.vtable import VTable


def table(seat: Seat) -> VTable:
    return seat.app.work.approvals.table


async def test_three_that_are_asked_the_same_are_one_row_and_two_are_two(
    room: Room,
) -> None:
    some = [room.asking() for _ in range(2)]
    async with sit_down(room) as seat:
        await seat.to_approvals()
        assert table(seat).keys == some
        room.asking()
        await seat.sees("×3 Ship it")
        await seat.sees("asked of 2 more runs: f lists them, A approves all")
        assert table(seat).keys == some[:1]
        assert "3 by risk, then age" in seat.app.work.approvals.entitled


async def test_a_fold_stands_among_the_others_and_opens_to_its_runs(room: Room) -> None:
    other, some = room.asking("formed"), [room.asking() for _ in range(3)]
    risky = room.asking("risky")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        assert table(seat).keys == [risky, other, some[0]]
        await seat.press("G")
        await seat.sees("asked of 2 more runs: f lists them, A approves all")
        await seat.press("f")
        assert table(seat).keys == [risky, other, *some]
        assert "each run has its row" in seat.said()
        await seat.press("j", "f")
        assert table(seat).keys == [risky, other, some[1]]
        assert table(seat).selected == some[1]


async def test_nothing_that_arrives_takes_the_cursor_to_another_gate(
    room: Room,
) -> None:
    some = [room.asking() for _ in range(3)]
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("f", "G")
        await seat.until(lambda: table(seat).selected == some[2])
        await seat.press("f")
        room.asking()
        await seat.sees("×4 Ship it")
        assert table(seat).selected == some[2]
        await seat.until(lambda: seat.app.work.approvals.gate is not None)
        assert seat.app.work.approvals.gate.approval.id == some[2]  # type: ignore[union-attr]


async def test_one_of_a_fold_is_decided_and_the_rest_stays_folded(room: Room) -> None:
    some = [room.asking() for _ in range(4)]
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("a")
        await seat.sees("×3 Ship it")
        assert room.statuses(*some) == ["approved", "pending", "pending", "pending"]
        assert table(seat).keys == some[:2], "what was decided stays under the cursor"


async def test_all_of_a_fold_are_decided_as_one_card(room: Room) -> None:
    some = [room.asking(text=f'{{"text": "hello {n}"}}') for n in range(3)]
    async with sit_down(room, (120, 40)) as seat:
        await seat.to_approvals()
        await seat.press("A")
        await seat.reads_to_the_end()
        for n in range(3):
            assert f"hello {n}" in seat.screen
        await seat.press("y")
        await seat.until(lambda: "approve: 3" in seat.said())
        assert room.statuses(*some) == ["approved"] * 3


async def test_marks_of_what_is_folded_are_kept(room: Room) -> None:
    some = [room.asking() for _ in range(3)]
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("f", "j", "m", "f")
        assert seat.app.work.approvals.marked() == [some[1]]
        await seat.press("m")
        assert seat.app.work.approvals.marked() == some
        await seat.press("f")
        assert table(seat).marked == {*some}


async def test_what_is_gone_to_in_a_fold_is_listed(room: Room) -> None:
    some = [room.asking() for _ in range(3)]
    async with sit_down(room) as seat:
        await seat.to_approvals()
        seat.app.go("approvals", some[2])
        await seat.until(lambda: table(seat).selected == some[2])
        assert table(seat).keys == some


async def test_where_nothing_is_folded_the_key_says_why(room: Room) -> None:
    room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("f")
        assert "fewer than 3 ask the same" in seat.said()
