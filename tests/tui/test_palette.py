"""The palette: what can be done here first, and a way to what is done elsewhere."""

from __future__ import annotations

from textual.widgets import Input

from store import runs
from tests.tui.room import Room
from tests.tui.seat import Seat, sit_down
from tui.screens.form import Form
from tui.screens.pick import Pick
from tui.screens.schedules import SchedulesScreen
from tui.screens.work import WorkScreen
from tui.widgets.vtable import VTable


async def pick(seat: Seat, action: str, words: str) -> None:
    """Type the words until the action stands under the cursor, and take it."""
    await seat.press("ctrl+p")
    await seat.until(lambda: isinstance(seat.app.focused, Input))
    await seat.press(*("space" if letter == " " else letter for letter in words))
    table = seat.app.screen.query_one(VTable)
    await seat.until(lambda: table.selected == action, action)
    await seat.press("enter")


async def test_what_can_be_done_here_stands_first(room: Room) -> None:
    room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("ctrl+p")
        await seat.until(lambda: isinstance(seat.app.screen, Pick))
        order = seat.app.screen.query_one(VTable).keys
        ids = ("approvals.approve", "runs.start", "approvals.tick")  # nothing to tick
        here, elsewhere, refused = (order.index(action) for action in ids)
        assert here < elsewhere < refused


async def test_a_run_is_begun_from_any_pane(room: Room) -> None:
    room.trust()
    async with sit_down(room) as seat:
        await seat.until(lambda: seat.app.work.templates.workflows())
        await seat.press("2")
        await pick(seat, "runs.start", "start a run")
        await seat.until(lambda: seat.app.work.pane_id == "runs")
        await seat.until(lambda: "Start a run of which" in seat.screen)
        await seat.press(*"shi", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, Form))


async def test_what_is_called_so_stands_before_what_only_tells_of_it(
    room: Room,
) -> None:
    async with sit_down(room) as seat:
        await seat.press("4")
        await seat.until(lambda: seat.app.work.templates.chosen is not None)
        await seat.press("ctrl+p")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        table = seat.app.screen.query_one(VTable)
        await seat.press("down", *"run")
        await seat.until(lambda: table.selected == "runs.start", "n New run")
        await seat.press("down")
        await seat.until(lambda: table.selected != "runs.start", "the cursor moves")


async def test_enter_where_nothing_fits_leaves_what_was_typed(room: Room) -> None:
    async with sit_down(room) as seat:
        await seat.press("ctrl+p")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"jjj", "enter")
        await seat.until(lambda: "Nothing holds that text." in seat.screen)
        await seat.press("ctrl+u", *"start a run")
        table = seat.app.screen.query_one(VTable)
        await seat.until(lambda: table.selected == "runs.start", "it is still there")


async def test_what_is_done_to_a_run_that_nobody_chose_is_only_led_to(
    room: Room,
) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("4")
        await pick(seat, "runs.pause", "pause the run")
        await seat.until(lambda: seat.app.work.pane_id == "runs")
        await seat.until(lambda: "p (Pause)" in seat.said())
        await seat.pilot.pause()
        assert runs.get(room.desk.database, run).status != "paused"


async def test_what_another_screen_does_is_led_to_and_back(room: Room) -> None:
    async with sit_down(room) as seat:
        await pick(seat, "schedules.pause", "schedule begin nothing")
        await seat.until(lambda: isinstance(seat.app.screen, SchedulesScreen))
        assert "p (Pause)" in seat.said()
        await pick(seat, "log.wrap", "wrap long")
        await seat.until(lambda: isinstance(seat.app.screen, WorkScreen))
        assert seat.app.work.pane_id == "log"


async def test_an_event_before_is_led_to_through_the_run(room: Room) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await pick(seat, "inside.earlier", "event before")
        await seat.until(lambda: seat.app.keyed.place == "inside")
        await seat.press("q")
        await seat.press("5")
        await pick(seat, "inside.earlier", "event before")
        await seat.until(lambda: seat.app.work.pane_id == "runs")
        assert seat.app.keyed.place == "runs"
