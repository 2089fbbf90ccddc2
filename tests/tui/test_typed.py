"""Keys that come together go where each has led, as if they came one by one."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.tui.bench import Room, sit_down
from tests.tui.test_stuck import lacking_two

pytestmark = pytest.mark.usefixtures("clock")


async def test_what_is_typed_behind_a_slash_is_what_is_filtered_by(room: Room) -> None:
    room.start()
    async with sit_down(room) as seat:
        await seat.until(lambda: seat.app.work.runs.table.keys)
        await seat.press_at_once("slash", *"xoxo", "enter")
        await seat.until(lambda: seat.app.work.runs.filter_text == "xoxo")
        await seat.until(lambda: not isinstance(seat.app.focused, Input))


async def test_tab_parts_what_is_typed_into_a_form(room: Room) -> None:
    run = lacking_two(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("2")
        await seat.until(lambda: seat.app.work.approvals.table.keys)
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press_at_once(*"45", "tab", *"Ana", "tab", "enter")
        given = {"customer": {"arr": 45, "name": "Ana"}}
        await seat.until(lambda: room.engine.load(run).context == given)


async def test_what_is_typed_behind_a_key_that_asks_is_typed_into_its_line(
    room: Room,
) -> None:
    """`ship` would be four commands on the panes."""
    run = room.start()
    before = room.engine.load(run)
    async with sit_down(room) as seat:
        await seat.until(lambda: seat.app.work.runs.chosen is not None)
        await seat.press_at_once(*"nship")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.until(lambda: seat.app.focused.value == "ship")  # type: ignore[union-attr]
        assert room.engine.load(run) == before
