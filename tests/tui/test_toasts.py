"""What is said for a moment covers nothing that has to be read meanwhile."""

from __future__ import annotations

import pytest
from textual.geometry import Region
from textual.widgets._toast import Toast

from tests.tui.bench import Room, Seat, sit_down
from tui.screens.confirm import Confirm
from tui.widgets.document import Document

SHORT = "what is shown has just changed: look at it, then press again"
LONG = (
    "r00000000001 is snoozed until 2026-09-21 14:13; a00000000002: it is high risk;"
    " a00000000003: it asks for values"
)
SIZES = [(80, 24), (100, 30), (120, 40)]


async def said(seat: Seat, text: str) -> Region:
    """Where it stands when it is said."""
    seat.app.say(text)
    await seat.until(lambda: [*seat.app.screen.query(Toast)])
    await seat.until(lambda: seat.app.screen.query_one(Toast).region.area)
    await seat.pilot.pause()
    return seat.app.screen.query_one(Toast).region


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", [SHORT, LONG])
async def test_a_request_is_read_whole_beside_what_is_said(
    room: Room, size: tuple[int, int], text: str
) -> None:
    room.asking(text="\n".join(f"line {n}" for n in range(60)))
    async with sit_down(room, size, toasts=True) as seat:
        await seat.press("2")
        await seat.sees("line 0")
        region = await said(seat, text)
        document = seat.app.work.query_one(Document)
        table = seat.app.work.approvals.table
        assert not region.overlaps(document.region)
        assert region.bottom <= table.region.y + 1, "it leaves every row in sight"
        assert region.bottom < size[1] - 1, "and the last line"


async def test_what_is_said_next_takes_the_same_place(room: Room) -> None:
    async with sit_down(room, toasts=True) as seat:
        first = await said(seat, SHORT)
        for _ in range(3):
            seat.app.say(SHORT)
            await seat.pilot.pause(0.05)
        assert [toast.region for toast in seat.app.screen.query(Toast)] == [first]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", [SHORT, LONG])
async def test_a_question_and_its_keys_are_in_sight_beside_what_is_said(
    room: Room, size: tuple[int, int], text: str
) -> None:
    room.asking()
    async with sit_down(room, size, toasts=True) as seat:
        await seat.press("1", "x")
        await seat.until(lambda: isinstance(seat.app.screen, Confirm))
        region = await said(seat, text)
        assert not region.overlaps(seat.app.screen.query_one(".question").region)
