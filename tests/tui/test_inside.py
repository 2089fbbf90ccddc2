"""Inside a run: its history, its steps at any event, what it was given, asked, left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from engine.machine import commands as c
from engine.machine.state import Usage
from tests.tui.bench import Room, Seat, sit_down
from tui.actions import INSIDE
from tui.commanding import words_of
from tui.screens.run import RunScreen

PAY = """\
workflow: pay
steps:
  - {id: pay, shell: "true", unattended: true}
"""
SIZES = [(80, 24), (120, 40), (160, 50)]


def asked_run(room: Room) -> str:
    run = room.start("ship", version="2.0", channel="beta", copies=1)
    room.log(
        run,
        ("prompt", "Be brief.\n", False),
        ("prompt", "Write it.", False),
        ("llm", "Dear all\n", False),
    )
    attempt = room.take(run, "draft").steps["draft"].attempt
    used = Usage("tiny", "house", 11, 7, seconds=1.5, cost=0.25)
    report = c.ReportSuccess("draft", attempt, "w1", {"text": "hello"}, usage=used)
    room.engine.handle(run, report)
    return run


@asynccontextmanager
async def looking(
    room: Room, run: str, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Seat]:
    async with sit_down(room, size) as seat:
        await seat.sees(run)
        await seat.press("i")
        await seat.until(lambda: isinstance(seat.app.screen, RunScreen))
        await seat.sees("event ")
        yield seat


@pytest.mark.parametrize("size", SIZES)
async def test_the_history_tells_what_happened_and_the_event_whole(
    room: Room, size: tuple[int, int]
) -> None:
    run = asked_run(room)
    newest = room.engine.load(run).seq
    async with looking(room, run, size) as seat:
        await seat.sees("ship started by ana")
        await seat.sees(f"event {newest} of {newest}")
        await seat.press("k")
        await seat.sees("StepSucceeded, follows from event")
        await seat.sees("as it was then")


async def test_the_steps_are_shown_as_they_were_at_an_event(room: Room) -> None:
    run = asked_run(room)
    async with looking(room, run) as seat:
        await seat.press("g", "g", "enter")
        await seat.sees("event 1 of")
        await seat.sees("It had come to no step.")
        await seat.press("]")
        await seat.sees("event 2 of")
        await seat.sees("draft")
        await seat.sees("· ready")
        await seat.press("q")
        await seat.sees("✓ done")
        await seat.press("q")
        await seat.until(lambda: not isinstance(seat.app.screen, RunScreen))


async def test_what_it_was_given_asked_and_left_is_told_whole(room: Room) -> None:
    run = asked_run(room)
    async with looking(room, run) as seat:
        await seat.press("tab", "tab")
        await seat.sees('"channel": "beta"')
        await seat.press("tab")
        await seat.sees("house/tiny, 11 tokens read, 7 written, $0.2500")
        await seat.sees("Be brief.")
        await seat.until(lambda: "Write it." in [ln.strip() for ln in seat.lines])
        await seat.sees("Dear all")
        await seat.press("tab")
        await seat.sees("This run has left no document.")


async def test_what_happens_meanwhile_is_shown_where_one_stands_at_the_end(
    room: Room,
) -> None:
    run = asked_run(room)
    before = room.engine.load(run).seq
    async with looking(room, run) as seat:
        room.ask(run)
        await seat.until(lambda: room.engine.load(run).seq > before)
        newest = room.engine.load(run).seq
        await seat.sees(f"event {newest} of {newest}")
        await seat.press("k")
        await seat.sees(f"event {newest - 1} of {newest}")


async def test_a_run_is_steered_from_inside(room: Room) -> None:
    run = asked_run(room)
    async with looking(room, run) as seat:
        await seat.press("p")
        await seat.until(lambda: room.engine.load(run).status == "paused")


async def test_every_action_inside_a_run_is_done_there(room: Room) -> None:
    run = asked_run(room)
    async with looking(room, run) as seat:
        screen = seat.app.screen
        assert isinstance(screen, RunScreen)
        for page in screen.pages:
            screen.page = page
            assert seat.undone(INSIDE) == []


async def test_the_history_takes_the_whole_height_when_zoomed(room: Room) -> None:
    run = asked_run(room)
    async with looking(room, run) as seat:
        screen = seat.app.screen
        in_full = screen.query_one("#run-event")
        await seat.press("z")
        await seat.until(lambda: not in_full.display)
        await seat.press("q")
        await seat.until(lambda: in_full.display)
        assert seat.app.screen is screen


async def test_a_gate_and_a_step_that_is_stuck_lead_to_their_runs(room: Room) -> None:
    room.save(PAY)
    approval, stuck = room.asking(), room.start("pay")
    room.interrupt(stuck, "pay")
    asking = room.desk.approval(approval).run
    async with sit_down(room, (120, 40)) as seat:
        await seat.to_approvals()
        assert words_of("show RUN --step STEP", seat.app.work.here())[1:] == [
            asking, "--step", "ask",
        ]  # fmt: skip
        await leads_to(seat, asking)
        seat.app.work.approvals.select(f"{stuck}/pay")
        await seat.until(lambda: seat.app.work.here().run_id == stuck)
        assert words_of("mark RUN STEP", seat.app.work.here()) == ["mark", stuck, "pay"]
        await leads_to(seat, stuck)


async def leads_to(seat: Seat, run: str) -> None:
    await seat.press("i")
    await seat.until(lambda: isinstance(seat.app.screen, RunScreen))
    assert isinstance(seat.app.screen, RunScreen)
    assert seat.app.screen.record.id == run
    await seat.press("q")
    await seat.until(lambda: seat.app.screen is seat.app.work)
