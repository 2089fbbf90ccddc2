"""Side by side: two runs, a fork and where it comes from, the attempts at a step."""

from __future__ import annotations

import pytest

from engine.differing import compared as compared_module
from engine.machine import commands as c
from engine.machine.state import Failure
from store.errors import DatabaseBusy
from tests.tui.bench import Room, Seat, sit_down
from tui.actions import BESIDE
from tui.screens.attempts import AttemptsScreen
from tui.screens.beside import BesideScreen
from tui.screens.compare import CompareScreen

SIZES = [(80, 24), (120, 40), (160, 50)]
TRIED = """\
workflow: tried
steps:
  - {id: draft, set: {x: 1}, retry: {attempts: 3, delay: 0s}}
"""


def two_runs(room: Room) -> tuple[str, str]:
    one = room.start("ship", version="1.9", channel="beta", copies=1)
    other = room.start("ship", version="2.0", channel="beta", copies=1)
    room.succeed(one, "draft", {"text": "a\nsame\nb", "kept": 1})
    room.succeed(other, "draft", {"text": "a\nsame\nc\x1b[2J", "kept": 1})
    return one, other


async def compared(seat: Seat, one: str, other: str) -> BesideScreen:
    """Mark the older run, and compare the newer one with it."""
    await seat.sees(other)
    await seat.press("G", "space")
    await seat.until(lambda: f"{one} is marked; d compares" in seat.said())
    await seat.press("g", "g", "d")
    await seat.until(lambda: isinstance(seat.app.screen, CompareScreen))
    await seat.sees("the same:")
    screen = seat.app.screen
    assert isinstance(screen, BesideScreen)
    return screen


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_is_compared_with_the_marked_one(
    room: Room, size: tuple[int, int]
) -> None:
    one, other = two_runs(room)
    async with sit_down(room, size) as seat:
        await compared(seat, one, other)
        await seat.sees("2 differences; the same: run 1, text 1, inputs 2")
        (given,) = [line for line in seat.lines if line.startswith("> inputs")]
        assert given.split()[2:] == ["version", "1.9", "2.0"]
        await seat.press("j")
        await seat.sees("steps · draft · output.text")
        await seat.until(lambda: "-b" in [line.strip() for line in seat.lines])
        assert "+c␛[2J" in seat.screen


async def test_enter_leads_into_the_difference_and_q_back_out(room: Room) -> None:
    one, other = two_runs(room)
    async with sit_down(room) as seat:
        screen = await compared(seat, one, other)
        await seat.press("enter")
        await seat.until(lambda: screen.page == "whole")
        await seat.press("q")
        await seat.until(lambda: screen.page == "rows")
        await seat.press("q")
        await seat.until(lambda: not isinstance(seat.app.screen, BesideScreen))
        assert seat.app.work.runs.marked_run == one


async def test_what_happens_to_one_of_the_runs_is_compared_at_once(room: Room) -> None:
    one, other = two_runs(room)
    async with sit_down(room) as seat:
        await compared(seat, one, other)
        room.engine.handle(other, c.CancelRun(room.desk.who, ""))
        await seat.sees("cancelled")


async def test_a_fork_needs_no_mark_and_another_run_does(room: Room) -> None:
    one, _ = two_runs(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("d")
        await seat.until(lambda: "mark another run first" in seat.said())
        proposal = room.desk.proposal(one, "draft", {}, {})
        room.trust()
        fork = room.desk.fork(proposal)
        await seat.sees(fork)
        await seat.press("g", "g", "d")
        await seat.until(lambda: isinstance(seat.app.screen, CompareScreen))
        await seat.sees(f"{one} ship")
        await seat.sees(f"{fork} ship")


async def test_a_run_that_cannot_be_read_is_not_said_to_be_no_fork(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise DatabaseBusy("somebody writes")

    room.start()
    async with sit_down(room) as seat:
        await seat.sees("draft")
        monkeypatch.setattr(compared_module, "origin_of", refuse)
        await seat.press("d")
        await seat.until(lambda: "somebody writes" in seat.said())
        assert "is no fork" not in seat.said()


async def test_a_mark_stays_on_its_run_while_a_filter_hides_it(room: Room) -> None:
    one, other = two_runs(room)
    async with sit_down(room) as seat:
        await seat.sees(other)
        await seat.press("G", "space", "/", *other, "enter")
        await seat.until(lambda: one not in seat.app.work.runs.table.keys)
        await seat.press("d")
        await seat.until(lambda: isinstance(seat.app.screen, CompareScreen))


def tried(room: Room) -> str:
    room.save(TRIED)
    run = room.start("tried")
    attempt = room.take(run, "draft").steps["draft"].attempt
    failed = c.ReportFailure("draft", attempt, "w1", Failure("exit", "no such file"))
    room.engine.handle(run, failed)
    room.engine.handle(run, c.FireTimer("draft"))
    room.log(run, ("out", "looked elsewhere\n", False))
    room.succeed(run, "draft", {"x": 1})
    return run


@pytest.mark.parametrize("size", SIZES)
async def test_the_attempts_at_a_step_stand_in_columns(
    room: Room, size: tuple[int, int]
) -> None:
    run = tried(room)
    async with sit_down(room, size) as seat:
        await seat.sees(run)
        await seat.press("i", "tab")
        await seat.sees("✓ done")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, AttemptsScreen))
        await seat.sees("2 attempts at draft")
        (heads,) = [line for line in seat.lines if "ATTEMPT 1" in line]
        assert heads.split() == ["ATTEMPT", "1", "ATTEMPT", "2"]
        (status,) = [line for line in seat.lines if line.startswith("> status")]
        assert status.split()[2:] == ["✗", "fail", "✓", "done"]
        await seat.press("j")
        await seat.sees("no such file")


async def test_every_action_there_is_done_there(room: Room) -> None:
    one, other = two_runs(room)
    async with sit_down(room) as seat:
        screen = await compared(seat, one, other)
        for page in screen.pages:
            screen.page = page
            assert seat.undone(BESIDE) == []
