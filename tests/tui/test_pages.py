"""Screens that are one list: the audit, the schedules, the runner with its limits."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any

import pytest

from engine.acts import act
from engine.audit import audit
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Actor
from engine.schedules.timetable import Timetable
from engine.workspace import Config, Limits, ProviderConfig
from store import occasions, projects, schedules
from store.records import OccasionRecord
from tests.tui.bench import AT, SHIP, Room, Seat, sit_down
from tui.actions import LISTS
from tui.screens.listing import ListScreen
from tui.screens.runner import of_limits

SIZES = [(80, 24), (120, 40)]
KEYS = {"audit": "u", "schedules": "c", "runner": "o", "settings": ","}
HOURLY = SHIP.replace(
    "workflow: ship\n",
    "workflow: hourly\nschedule: {cron: 0 * * * *, timezone: UTC}\n",
).replace("  version: {type: string, description: What to call it}\n", "")
ANA = Actor("ana", machine="desk", terminal="/dev/pts/3", via="cli")


@asynccontextmanager
async def looking(
    room: Room, place: str, size: tuple[int, int] = (80, 24), **given: Any
) -> Any:
    async with sit_down(room, size, **given) as seat:
        await seat.press("g", KEYS[place])
        await seat.until(lambda: seat.app.keyed.place == place)
        await seat.until(lambda: "Reading" not in seat.screen)
        yield seat


def screen_of(seat: Seat) -> ListScreen:
    screen = seat.app.screen
    assert isinstance(screen, ListScreen)
    return screen


def ran_by_ana(room: Room) -> str:
    run = new_id("r")
    version = room.versions["ship"]
    command = c.StartRun(run, {"version": "1"}, version, {}, ANA, "", "mock")
    room.engine.handle(run, command)
    return run


def make_project(room: Room, name: str) -> None:
    said = act(ANA, "project", f"opened project {name}", AT, {"name": name})
    assert projects.create(room.desk.database, name, now=AT, act=said)


def schedule_hourly(room: Room) -> str:
    """A schedule as a runner would have read it; its name."""
    room.save(HOURLY)
    Timetable(room.engine, print).look(room.engine.clock())
    (record,) = schedules.every(room.desk.database)
    return record.name


def begun(room: Room, schedule: str, run: str) -> None:
    occasion = OccasionRecord(schedule=schedule, key="once", at=AT, due=AT)
    database = room.desk.database

    def work() -> None:
        occasions.add(database, [occasion])
        occasions.answer(database, occasion, "started", run, "")

    database.write(work)


# Audit


@pytest.mark.parametrize("size", SIZES)
async def test_the_audit_tells_who_did_what_and_from_where(
    room: Room, size: tuple[int, int]
) -> None:
    run = ran_by_ana(room)
    async with looking(room, "audit", size) as seat:
        await seat.sees("Audit · 1 act, the newest first")
        await seat.sees("ana, from desk pts/3, cli")
        await seat.sees(f"⏎ {run}")


async def test_an_act_outside_of_runs_stands_among_them_and_leads_nowhere(
    room: Room,
) -> None:
    make_project(room, "atlas")
    async with looking(room, "audit") as seat:
        await seat.sees("project: opened project atlas")
        await seat.press("enter")
        assert "outside of any run" in seat.said()


async def test_enter_on_an_act_goes_to_its_run(room: Room) -> None:
    run = ran_by_ana(room)
    room.start()
    async with looking(room, "audit") as seat:
        await seat.sees(f"⏎ {run}")
        await seat.press("enter")
        await seat.until(lambda: seat.app.screen is seat.app.work)
        await seat.until(lambda: seat.app.work.runs.table.selected == run)


async def test_what_is_done_meanwhile_comes_to_the_top_of_the_audit(
    room: Room,
) -> None:
    run = ran_by_ana(room)
    async with looking(room, "audit", (120, 40)) as seat:
        await seat.sees("1 act,")
        room.engine.handle(run, c.PauseRun(ANA, "lunch"))
        await seat.sees("2 acts,")
        assert "paused" in next(iter(screen_of(seat).list.rows.values())).told


async def test_a_filter_leaves_what_holds_its_text_and_q_takes_it_back(
    room: Room,
) -> None:
    make_project(room, "atlas")
    make_project(room, "birch")
    async with looking(room, "audit") as seat:
        await seat.sees("project birch")
        await seat.press("/", *"atlas", "enter")
        await seat.until(lambda: "project birch" not in seat.screen)
        await seat.sees("project atlas")
        await seat.press("q")
        await seat.sees("project birch")
        await seat.press("q")
        await seat.until(lambda: seat.app.screen is seat.app.work)


async def test_what_a_text_would_do_to_a_terminal_is_shown_in_the_audit(
    room: Room,
) -> None:
    run = ran_by_ana(room)
    room.engine.handle(run, c.PauseRun(ANA, "[bold]x\x1b[31m"))
    async with looking(room, "audit") as seat:
        await seat.sees("[bold]x␛[31m")


# Schedules


@pytest.mark.parametrize("size", SIZES)
async def test_a_schedule_tells_when_it_is_next_and_what_came_of_it(
    room: Room, size: tuple[int, int]
) -> None:
    name = schedule_hourly(room)
    run = ran_by_ana(room)
    begun(room, name, run)
    async with looking(room, "schedules", size) as seat:
        await seat.sees("✓ on")
        await seat.sees("begins hourly: 0 * * * * (UTC)")
        await seat.sees(f"started  {run}")
        await seat.press("enter")
        await seat.until(lambda: seat.app.screen is seat.app.work)
        await seat.until(lambda: seat.app.work.runs.table.selected == run)


async def test_p_pauses_a_schedule_and_lets_it_go_on(room: Room) -> None:
    name = schedule_hourly(room)
    async with looking(room, "schedules") as seat:
        await seat.sees("✓ on")
        await seat.press("p")
        await seat.sees("‖ paused")
        assert "what it has begun goes on" in seat.said()
        await seat.press("p")
        await seat.sees("✓ on")
        assert "goes on; next" in seat.said()
    said = [each.what for each in audit(room.desk.database)]
    assert said == [f"paused {name}", f"resumed {name}"]


async def test_a_schedule_without_a_run_says_so(room: Room) -> None:
    schedule_hourly(room)
    async with looking(room, "schedules") as seat:
        await seat.sees("✓ on")
        await seat.press("enter")
        assert "has begun no run yet" in seat.said()


# Runner


@pytest.mark.parametrize("size", SIZES)
async def test_the_runner_tells_what_is_running_and_the_limits(
    room: Room, size: tuple[int, int]
) -> None:
    run = ran_by_ana(room)
    room.take(run, "draft")
    async with looking(room, "runner", size) as seat:
        await seat.sees("no runner is awake; `weir runner start` wakes one")
        await seat.sees("draft, attempt 1")
        await seat.sees("at most 8 at once")
        await seat.sees("no limit")
        await seat.press("enter")
        await seat.until(lambda: seat.app.work.runs.table.selected == run)


def test_limits_of_providers_are_told_as_weir_toml_says_them() -> None:
    config = Config(
        limits=Limits(steps=4, providers={"house": 2}),
        providers={"house": ProviderConfig(requests_per_minute=60)},
    )
    told = [row.told.split("\n")[0] for row in of_limits(config)]
    assert told == [
        "at most 4 at once, in all",
        "provider house: at most 2 at once, 60 requests a minute",
    ]


# All of them


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("audit", "1 n  start a run"),
        ("schedules", "Write `schedule:` or `trigger:` into a workflow"),
    ],
)
async def test_an_empty_list_says_what_would_fill_it(
    room: Room, place: str, said: str, size: tuple[int, int]
) -> None:
    async with looking(room, place, size) as seat:
        await seat.sees(said)
        await seat.press("enter")
        assert seat.app.keyed.place == place


async def test_tab_goes_round_the_lists_and_q_back_to_the_panes(room: Room) -> None:
    async with looking(room, "audit") as seat:
        for place in (*LISTS[1:], LISTS[0]):
            await seat.press("tab")
            await seat.until(lambda place=place: seat.app.keyed.place == place)
        await seat.press("q")
        await seat.until(lambda: seat.app.screen is seat.app.work)


@pytest.mark.parametrize("place", LISTS)
async def test_nothing_is_painted_where_a_commit_changes_nothing_here(
    room: Room, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule_hourly(room)
    run = ran_by_ana(room)
    async with looking(room, place) as seat:
        screen = screen_of(seat)
        painted: list[object] = []
        for widget in (screen.list.table, *screen.query("#list-head, #list-about")):
            refresh = widget.refresh

            def painting(*what: Any, refresh: Any = refresh, **how: Any) -> object:
                painted.append(what)
                return refresh(*what, **how)

            monkeypatch.setattr(widget, "refresh", painting)

        async def paints_in_a_round() -> int:
            painted.clear()
            room.log(run, ("stdout", "a line\n", False))
            await screen.read()
            await seat.pilot.pause(0.01)
            return len(painted)

        while await paints_in_a_round():
            pass
        assert [await paints_in_a_round() for _ in range(5)] == [0] * 5


@pytest.mark.parametrize("place", LISTS)
async def test_every_action_of_a_list_is_done_by_it(room: Room, place: str) -> None:
    async with looking(room, place) as seat:
        assert seat.undone(place) == []
