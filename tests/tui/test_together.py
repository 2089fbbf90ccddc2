"""Several gates marked, read together, and decided on each by itself."""

from __future__ import annotations

import pytest

from tests.tui.bench import Room, Seat, sit_down
from tui.screens.line import Line
from tui.screens.together import Together
from tui.screens.work import WorkScreen


async def marks(seat: Seat, count: int) -> None:
    await seat.to_approvals()
    await seat.press(*("m" * count))


async def test_marked_gates_are_shown_together_and_approved_one_by_one(
    room: Room,
) -> None:
    some = [room.asking(text=f'{{"text": "hello {n}"}}') for n in range(3)]
    async with sit_down(room, (120, 40)) as seat:
        await seat.to_approvals()
        await seat.press("f", "m", "m")
        await seat.sees("2 marked of 3: A X")
        await seat.press("A")
        await seat.reads_to_the_end()
        assert "hello 0" in seat.screen
        assert "hello 1" in seat.screen
        assert "hello 2" not in seat.screen
        await seat.press("y")
        await seat.until(lambda: "approve: 2" in seat.said())
        assert room.statuses(*some) == ["approved", "approved", "pending"]


async def test_what_they_show_alike_is_shown_once(room: Room) -> None:
    for _ in range(3):
        room.asking(text='{"text": "the same"}')
    async with sit_down(room, (120, 40)) as seat:
        await marks(seat, 3)
        await seat.press("A")
        await seat.reads_to_the_end()
        assert seat.screen.count("the same") == 2, "the heading, and the text"
        assert "outputs.draft, the same in all" in seat.screen


async def test_of_what_is_nearly_alike_only_the_difference_is_told_for_each(
    room: Room,
) -> None:
    letter = "Dear {},\n\nyour contract ends soon.\nIt was a pleasure.\n\nYours"
    for name in ("Ana", "Ben"):
        room.asking(text=letter.format(name))
    async with sit_down(room, (120, 40)) as seat:
        await marks(seat, 2)
        await seat.press("A")
        await seat.reads_to_the_end()
        assert seat.screen.count("your contract ends soon.") == 1
        assert "outputs.draft, the same in all but at ‹1›" in seat.screen
        assert seat.screen.count("outputs.draft ‹1›") == 2
        for name in ("Ana", "Ben"):
            assert seat.screen.count(f"Dear {name},") == 1


async def test_capital_m_marks_all_that_ask_the_same_of_other_runs(room: Room) -> None:
    some = [room.asking() for _ in range(3)]
    room.asking("risky")
    async with sit_down(room) as seat:
        pane = seat.app.work.approvals
        await seat.to_approvals()
        await seat.press("j")
        await seat.sees("asked of 2 more runs: f lists them, A approves all")
        await seat.press("f")
        await seat.sees("asked of 2 more runs: M marks them all")
        await seat.press("M")
        assert sorted(pane.marked()) == sorted(some)
        assert "3 are marked: A or X shows them as one" in seat.said()
        await seat.press("M")
        assert pane.marked() == []


async def test_y_is_not_taken_before_the_end_was_seen(room: Room) -> None:
    some = [room.asking(text=f'"{n} {"long " * 2000}"') for n in range(2)]
    async with sit_down(room, (80, 24)) as seat:
        await seat.press("2")
        await seat.until(lambda: seat.app.work.approvals.gate is not None)
        await seat.press("m", "m", "A")
        await seat.until(lambda: isinstance(seat.app.screen, Together))
        seat.clock.forward(1)
        await seat.press("y")
        await seat.sees("read to the end first")
        assert room.statuses(*some) == ["pending", "pending"]


async def test_a_high_risk_is_decided_by_itself_and_stays_marked(room: Room) -> None:
    risky, plain = room.asking("risky"), room.asking()
    async with sit_down(room, (120, 40)) as seat:
        await marks(seat, 2)
        await seat.press("A")
        await seat.reads_to_the_end()
        assert "Delete the production database?" not in [
            line.strip(" ┃│") for line in seat.lines[12:]
        ]
        await seat.press("y")
        await seat.until(lambda: f"{risky}: it is high risk" in seat.said())
        assert room.statuses(risky, plain) == ["pending", "approved"]
        assert seat.app.work.approvals.marked() == [risky]


async def test_one_that_was_decided_meanwhile_is_said_and_the_others_are_done(
    room: Room,
) -> None:
    first, second = room.asking(), room.asking()
    async with sit_down(room, (120, 40)) as seat:
        await marks(seat, 2)
        await seat.press("A")
        await seat.reads_to_the_end()
        digest = room.desk.approval(first).digest
        room.desk.decide(first, "reject", seen=digest, comment="no")
        await seat.press("y")
        await seat.until(lambda: "approve: 1" in seat.said())
        assert f"{first}: {first} is already rejected" in seat.said()
        assert room.statuses(first, second) == ["rejected", "approved"]


async def test_many_are_rejected_with_one_reason(room: Room) -> None:
    some = [room.asking() for _ in range(2)]
    async with sit_down(room, (120, 40)) as seat:
        await marks(seat, 2)
        await seat.press("X")
        await seat.reads_to_the_end()
        await seat.press("y")
        await seat.sees("1  short: Make it shorter.")
        seat.clock.forward(1)
        await seat.press("1")
        await seat.until(lambda: "reject: 2" in seat.said())
        assert room.statuses(*some) == ["rejected", "rejected"]


async def test_what_is_no_reason_at_one_of_them_is_none_for_all(room: Room) -> None:
    some = [room.asking(), room.asking("risky")]
    async with sit_down(room, (120, 40)) as seat:
        await marks(seat, 2)
        await seat.press("X")
        await seat.reads_to_the_end()
        await seat.press("y")
        await seat.until(lambda: isinstance(seat.app.screen, Line))
        await seat.press(*"too late", "enter")
        await seat.until(lambda: "reject: 2" in seat.said())
        assert room.statuses(*some) == ["rejected", "rejected"]


@pytest.mark.parametrize("key", ["n", "enter", "q", "escape"])
async def test_anything_but_y_decides_nothing(room: Room, key: str) -> None:
    some = [room.asking() for _ in range(2)]
    async with sit_down(room, (120, 40)) as seat:
        await marks(seat, 2)
        await seat.press("A")
        await seat.reads_to_the_end()
        await seat.press(key)
        await seat.until(lambda: not isinstance(seat.app.screen, Together))
        assert room.statuses(*some) == ["pending", "pending"]


async def test_a_key_that_is_held_down_asks_once(room: Room) -> None:
    some = [room.asking() for _ in range(2)]
    async with sit_down(room, (120, 40), window=5.0) as seat:
        await marks(seat, 2)
        seat.app.work.approvals.decide_marked("approve")
        seat.app.work.approvals.decide_marked("approve")
        asking = [each for each in seat.app.workers if each.group == "decision"]
        await seat.reads_to_the_end()
        stack = seat.app.screen_stack
        await seat.until(lambda: any(a.is_finished for a in asking) or len(stack) > 2)
        assert [type(screen) for screen in stack] == [WorkScreen, Together]
        await seat.press("y")
        await seat.until(lambda: seat.app.holding)
        (held,) = seat.app.holding
        assert [each.id for each in held.verdicts] == some


async def test_without_a_mark_the_key_says_how(room: Room) -> None:
    room.asking()
    async with sit_down(room, (120, 40)) as seat:
        await seat.to_approvals()
        await seat.press("A")
        await seat.until(lambda: "none is marked" in seat.said())


async def test_capital_g_goes_to_the_end_of_the_card(room: Room) -> None:
    some = [room.asking(text=f'"{n} {"long " * 2000}"') for n in range(2)]
    async with sit_down(room, (80, 24)) as seat:
        await seat.press("2")
        await seat.until(lambda: seat.app.work.approvals.gate is not None)
        await seat.press("m")
        await seat.press("m", "A")
        await seat.until(lambda: isinstance(seat.app.screen, Together))
        await seat.press("G")
        await seat.sees("── end of 2 ──")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: all(map(room.decided, some)))


async def test_one_gate_alone_is_marked_in_the_singular(room: Room) -> None:
    room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("M")
        assert "1 is marked: A or X shows it" in seat.said()
