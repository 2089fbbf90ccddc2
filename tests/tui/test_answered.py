"""A gate that was answered tells how in the tree of its run, however narrow it is."""

from __future__ import annotations

import pytest

from tests.tui.bench import Room, sit_down

SIZES = [(80, 24), (100, 30), (120, 40), (160, 50)]


def answered(room: Room, choice: str) -> None:
    approval = room.asking("risky")
    digest = room.desk.approval(approval).digest
    room.desk.decide(approval, choice, seen=digest, comment="So.")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("choice", "mark"), [("approve", "✓ yes"), ("reject", "✗ no")])
async def test_the_tree_says_how_a_gate_was_answered(
    room: Room, size: tuple[int, int], choice: str, mark: str
) -> None:
    answered(room, choice)
    who = room.desk.who.name
    async with sit_down(room, size) as seat:
        await seat.press("3")
        await seat.sees(f"approval {mark}")
        await seat.press("1", "i", "tab")
        await seat.sees(f"{choice} by {who}"[:14])
        await seat.sees(f"approval {mark}")


async def test_one_that_is_asked_anew_says_that_it_asks(room: Room) -> None:
    approval = room.asking()
    digest = room.desk.approval(approval).digest
    room.desk.decide(approval, "rework", seen=digest, comment="Warmer.")
    run = room.desk.approval(approval).run
    room.succeed(run, "draft#2", {"text": "hello, dear"})
    room.ask(run, path="ask#2")
    async with sit_down(room, (100, 30)) as seat:
        await seat.press("3")
        await seat.sees("approval ✗ no")
        await seat.sees("approval ? wait")
