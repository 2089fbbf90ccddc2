"""What was looked at and left leaves nothing behind in memory."""

from __future__ import annotations

import gc

import pytest
from textual._styles_cache import StylesCache

from tests.tui.bench import Room, Seat, sit_down
from tests.tui.test_screens import back, settled, show


def painted() -> int:
    """How many widgets' pictures are kept."""
    gc.collect()
    return sum(isinstance(each, StylesCache) for each in gc.get_objects())


async def look(seat: Seat, screen: str, times: int) -> None:
    for _ in range(times):
        await show(seat, screen)
        await back(seat)


@pytest.mark.parametrize("screen", ["inside", "definition", "audit"])
async def test_a_screen_that_is_left_leaves_none_of_its_pictures(
    room: Room, screen: str
) -> None:
    room.trust()
    room.start()
    async with sit_down(room) as seat:
        await settled(seat)
        await look(seat, screen, 2)
        before = painted()
        await look(seat, screen, 5)
        await seat.until(lambda: painted() <= before)
