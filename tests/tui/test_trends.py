"""How runs go over time: bars, workflows, and what holds them up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from engine import trends as trends_module
from engine.machine import commands as c
from engine.machine.state import Usage
from engine.trends import Reading
from store.database import Database
from store.errors import StoreError
from tests.tui.bench import FORMED, RISKY, SHIP, WHO, Room, Seat, sit_down
from tui.actions import TRENDS
from tui.screens import trends as screen_module
from tui.screens.trends import TrendsScreen

SIZES = [(80, 24), (120, 40)]
DAY = 86_400.0
WRITE = """\
workflow: write
steps:
  - {id: draft, llm: Write it.}
"""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path / "ws", SHIP, RISKY, FORMED, WRITE)
    yield room
    room.desk.close()


@asynccontextmanager
async def looking(room: Room, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Seat]:
    async with sit_down(room, size) as seat:
        await seat.press("g", "s")
        await seat.until(lambda: isinstance(seat.app.screen, TrendsScreen))
        await seat.sees(", read at")
        yield seat


def screen_of(seat: Seat) -> TrendsScreen:
    screen = seat.app.screen
    assert isinstance(screen, TrendsScreen)
    return screen


def today_less(days: int) -> date:
    return datetime.now().astimezone().date() - timedelta(days)


def words(seat: Seat, first: str) -> list[str]:
    """The words of the line that begins so, be it the chosen one or not."""
    lines = [line.removeprefix(">").split() for line in seat.lines]
    return next((line for line in lines if line[:1] == [first]), [])


def earlier(room: Room, days: int, name: str = "ship") -> str:
    """A run that was begun some days ago."""
    clock = room.engine.clock
    now = clock()
    room.engine.clock = lambda: now - days * DAY
    run = room.start(name)
    room.engine.clock = clock
    return run


def paid(room: Room, cost: float, model: str = "tiny", agent: str = "") -> None:
    run = room.start("write")
    attempt = room.take(run, "draft").steps["draft"].attempt
    used = Usage(model, "house", 11, 7, seconds=1.5, cost=cost, agent=agent)
    report = c.ReportSuccess("draft", attempt, "w1", {"text": "x"}, usage=used)
    room.engine.handle(run, report)


@pytest.mark.parametrize("size", SIZES)
async def test_plots_tell_of_runs_times_questions_and_cost(
    room: Room, size: tuple[int, int]
) -> None:
    room.asking()
    room.fail(room.start(), "draft", "no paper")
    earlier(room, 3)
    paid(room, 2.0)
    async with looking(room, size) as seat:
        assert "Runs  4  50% succeeded  1 failed" in seat.screen
        assert "nine of ten" in next(line for line in seat.lines if "Took" in line)
        assert "nine of ten" in next(line for line in seat.lines if "Asked" in line)
        assert "Cost  $2.00" in seat.screen
        begins, today = today_less(29), today_less(0)
        assert seat.screen.count(f"{begins:%m-%d}") == 4
        assert sum(f"{today:%m-%d}" in line for line in seat.lines) >= 2
        assert any("⣿" in line for line in seat.lines)


@pytest.mark.parametrize("size", SIZES)
async def test_what_there_is_nothing_to_plot_of_is_said(
    room: Room, size: tuple[int, int]
) -> None:
    room.start()
    async with looking(room, size) as seat:
        for said in ("No run has ended.", "Nobody was asked.", "Nothing was paid for."):
            assert said in seat.screen


async def test_steps_are_those_of_the_chosen_workflow(room: Room) -> None:
    room.asking("risky")
    room.fail(room.start(), "draft", "no paper")
    async with looking(room) as seat:
        assert words(seat, "risky")[1:3] == ["1", "1"]
        assert words(seat, "ship")[1:3] == ["1", "0%"]
        await seat.press("enter")
        await seat.sees("OF TIME")
        assert words(seat, "draft")[1:3] == ["1", "100%"]
        assert words(seat, "ask")[1:3] == ["1", "0%"]
        await seat.press("q", "j", "enter")
        await seat.sees("ship: ")
        assert words(seat, "draft")[1:4] == ["1", "0%", "1"]
        assert "draft failed 1 of 1 times" in seat.screen


async def test_a_wide_screen_has_the_steps_beside_the_workflows(room: Room) -> None:
    room.asking("risky")
    async with looking(room, (160, 50)) as seat:
        assert "WORKFLOW" in seat.screen
        assert "OF TIME" in seat.screen


async def test_where_runs_stand_is_told_until_they_have_ended(room: Room) -> None:
    runs = [room.desk.approval(room.asking("risky")).run for _ in range(2)]
    async with looking(room) as seat:
        await seat.sees("risky: 2 now at ask; 100% of the time goes to draft")
        for run in runs:
            room.engine.handle(run, c.CancelRun(WHO))
        await seat.press("r")
        await seat.until(lambda: "now at ask" not in seat.screen)


@pytest.mark.parametrize("size", SIZES)
async def test_cost_is_told_by_day_and_by_agent(
    room: Room, size: tuple[int, int]
) -> None:
    paid(room, 0.25)
    paid(room, 2.0, model="big", agent="bard")
    async with looking(room, size) as seat:
        await seat.press("tab", "tab")
        await seat.sees("DAY")
        assert words(seat, today_less(0).isoformat())[-1] == "$2.25"
        await seat.press("tab")
        await seat.sees("MODEL")
        bard, nobody = ["bard", "house/big", "1"], ["-", "house/tiny", "1"]
        assert words(seat, "bard") == [*bard, "11", "7", "$2.00"]
        assert words(seat, "-") == [*nobody, "11", "7", "$0.25"]


async def test_brackets_go_to_a_longer_and_to_a_shorter_time(room: Room) -> None:
    for days in (0, 10, 50, 200):
        earlier(room, days)
    async with looking(room) as seat:
        await seat.sees("2 runs, read")
        await seat.press("[")
        await seat.sees("1 run, read")
        await seat.press("[")
        assert "7 days is the shortest time told of" in seat.said()
        await seat.press("]", "]")
        await seat.sees("3 runs, read")
        await seat.press("]")
        await seat.sees("4 runs, read")
        await seat.press("]")
        assert "all is the longest time told of" in seat.said()


async def test_r_reads_again_and_nothing_else_does(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int | None] = []

    class Counted(Reading):
        def __init__(self, database: Database, days: int | None, now: float) -> None:
            read.append(days)
            super().__init__(database, days, now)

    monkeypatch.setattr(screen_module, "Reading", Counted)
    room.start()
    async with looking(room) as seat:
        await seat.sees("1 run, read")
        run = room.start()
        await seat.until(lambda: run in seat.app.work.runs.rows)
        assert "1 run, read" in seat.screen
        assert read == [30]
        await seat.press("r")
        await seat.sees("2 runs, read")
        assert read == [30, 30]


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Reads one run at a time, and each only when it is let."""
    let = threading.Semaphore(0)

    def read_on(reading: Reading) -> bool:
        assert let.acquire(timeout=20)
        return Reading.read_on(reading)

    monkeypatch.setattr(trends_module, "pieces", lambda runs: ([run] for run in runs))
    slow = type("Slow", (Reading,), {"read_on": read_on})
    monkeypatch.setattr(screen_module, "Reading", slow)
    yield let
    let.release(1000)


async def test_what_is_read_is_shown_as_it_comes_the_newest_first(
    room: Room, slowly: threading.Semaphore
) -> None:
    for days in (9, 5, 0):
        earlier(room, days)
    async with sit_down(room) as seat:
        await seat.press("g", "s")
        await seat.sees("reading …")
        slowly.release()
        await seat.sees(f"1 of 3, back to {today_less(0):%m-%d} …")
        assert words(seat, "ship")[1:2] == ["1"]
        slowly.release()
        await seat.sees(f"2 of 3, back to {today_less(5):%m-%d} …")
        slowly.release()
        await seat.sees("3 runs, read")


async def test_who_goes_on_to_another_time_stops_the_reading(
    room: Room, slowly: threading.Semaphore
) -> None:
    for days in (200, 5, 0):
        earlier(room, days)
    async with sit_down(room) as seat:
        await seat.press("g", "s")
        slowly.release()
        await seat.sees("1 of 2")
        await seat.press("[")
        slowly.release(2)  # one may be taken by who waits already, to be stopped
        await seat.until(
            lambda: any(told in seat.screen for told in ("1 of 2", "2 runs, read"))
        )
        await seat.press("]", "]", "]")
        slowly.release(10)
        await seat.sees("3 runs, read")


async def test_who_leaves_stops_the_reading(
    room: Room, slowly: threading.Semaphore
) -> None:
    for _ in range(3):
        room.start()
    async with sit_down(room) as seat:
        await seat.press("g", "s")
        slowly.release()
        await seat.sees("1 of 3")
        await seat.press("q")
        await seat.until(lambda: seat.app.screen is seat.app.work)
        await seat.until(lambda: not seat.at_work("trends"))


async def test_what_could_not_be_read_is_said_and_what_was_read_stays(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Reading) -> bool:
        raise StoreError("the disk is gone")

    room.asking()
    async with looking(room) as seat:
        await seat.sees("1 run, read")
        monkeypatch.setattr(Reading, "read_on", refuse)
        await seat.press("r")
        await seat.sees("not read to the end: r tries again")
        assert "the disk is gone" in seat.said()
        assert words(seat, "ship")[1:3] == ["1", "1"]


@pytest.mark.parametrize("size", SIZES)
async def test_where_no_run_was_begun_it_says_what_would_fill_it(
    room: Room, size: tuple[int, int]
) -> None:
    async with looking(room, size) as seat:
        await seat.sees("No run was begun in 30 days.")
        await seat.sees("1 n  start a run")
        await seat.press("tab", "enter", "y")
        await seat.press("]", "]")
        await seat.sees("No run was ever begun here.")


async def test_the_first_runs_bring_bars_and_lists(room: Room) -> None:
    async with looking(room) as seat:
        await seat.sees("No run was begun in 30 days.")
        room.asking()
        await seat.press("r")
        await seat.sees("WORKFLOW")
        await seat.sees("Runs  1")


async def test_zoom_gives_the_list_the_screen_and_q_goes_back_step_by_step(
    room: Room,
) -> None:
    room.asking()
    async with looking(room) as seat:
        await seat.press("enter")
        await seat.until(lambda: screen_of(seat).page == "steps")
        await seat.press("z")
        await seat.until(lambda: "Runs  1" not in seat.screen)
        assert "Took" not in seat.screen
        await seat.press("q")
        await seat.sees("Runs  1")
        await seat.press("q")
        await seat.until(lambda: screen_of(seat).page == "workflows")
        await seat.press("q")
        await seat.until(lambda: seat.app.screen is seat.app.work)


async def test_a_low_screen_shows_the_list_one_is_at(room: Room) -> None:
    room.asking()
    async with looking(room, (60, 15)) as seat:
        await seat.sees("WORKFLOW")
        await seat.press("tab")
        await seat.until(lambda: "STEP" in seat.screen)
        assert "WORKFLOW" not in seat.screen


async def test_g_d_looks_at_the_definition_of_the_chosen_workflow(room: Room) -> None:
    room.asking("risky")
    async with looking(room) as seat:
        await seat.sees("risky")
        await seat.press("g", "d")
        await seat.until(lambda: seat.app.keyed.place == "definition")
        await seat.sees("workflow: risky")


async def test_the_name_of_the_chosen_row_is_copied(room: Room) -> None:
    room.asking("risky")
    async with looking(room) as seat:
        await seat.press("y")
        assert seat.said().startswith("risky: ")
        await seat.press("tab", "y")
        assert seat.said().startswith("draft: ")
        await seat.press("enter")
        assert "leads nowhere" in seat.said()


async def test_what_a_name_would_do_to_a_terminal_is_shown(room: Room) -> None:
    paid(room, 1.0, model="[bold]x\x1b[31m")
    async with looking(room) as seat:
        await seat.press("shift+tab")
        await seat.sees("house/[bold]x␛[31m")


async def test_every_action_of_the_trends_is_done_by_them(room: Room) -> None:
    async with looking(room) as seat:
        assert seat.undone(TRENDS) == []


async def test_what_was_read_for_a_screen_that_has_gone_is_not_shown(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sit_down(room) as seat:
        screen = TrendsScreen()

        async def late(_: object) -> None:
            """The answer comes while the screen goes."""
            while screen.children or not screen._pruning:  # noqa: ASYNC110 - at once
                await asyncio.sleep(0)

        monkeypatch.setattr(seat.app, "ask", late)
        await seat.app.push_screen(screen)
        await seat.sees("reading …")
        await seat.app.pop_screen()
        await seat.pilot.pause()
