"""The bell: for what waits and what failed, once, and not in quiet hours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest

from engine.notify_settings import Notify, Quiet
from tests.tui.bench import Clock, Room, Seat, sit_down
from tui.announce import Announcer, News
from tui.keymap import default_keymap
from tui.personal import Personal

TRIED = """\
workflow: tried
steps:
  - {id: pay, shell: "true"}
"""


@asynccontextmanager
async def hearing(room: Room) -> AsyncIterator[tuple[Seat, list[str]]]:
    """Someone at the workbench, and all that rings for them."""
    async with sit_down(room) as seat:
        told: list[str] = []
        seat.app.announcer._ring = told.append
        yield seat, told


def asks(*titles: str) -> dict[str, News]:
    return {title: News(title) for title in titles}


def test_a_bell_rings_for_news_and_at_most_once_in_ten_seconds() -> None:
    at, rung, titles = [0.0], [], []
    said: list[str] = []

    def ring(text: str) -> None:
        rung.append(at[0])
        said.append(text)

    usual = Personal(default_keymap())
    told = Announcer(lambda: at[0], ring, titles.append, lambda: usual)
    told.waiting(asks("One?"), 1, "ws")
    assert rung == []
    told.waiting(asks("One?", "Two?"), 2, "ws")
    at[0] = 5.0
    told.waiting(asks("One?", "Two?", "Three?"), 3, "ws")
    told.waiting(asks("One?"), 1, "ws")
    at[0] = 10.0
    told.waiting(asks("Four?", "Five?"), 2, "ws")
    assert rung == [0.0, 10.0]
    assert said == ["ws: Two?", "ws: 2 new approvals"]
    assert titles == ["(1) ws", "(2) ws", "(3) ws", "(1) ws", "(2) ws"]


async def test_a_run_that_fails_rings_once(room: Room) -> None:
    before = room.start()
    room.fail(before, "draft", "no paper")
    run = room.start()
    async with hearing(room) as (seat, told):
        room.fail(run, "draft", "no paper")
        await seat.until(lambda: told == ["billing: Failed: ship"])
        seat.clock.forward(60)
        room.start()
        await seat.until(lambda: len(seat.app.work.runs.rows) == 3)
        assert len(told) == 1


async def test_a_step_that_may_have_happened_rings(room: Room) -> None:
    room.save(TRIED)
    run = room.start("tried")
    async with hearing(room) as (seat, told):
        room.interrupt(run, "pay")
        said = "billing: pay of tried may or may not have happened"
        await seat.until(lambda: told == [said])


async def test_what_a_person_said_no_to_rings_for_nobody(room: Room) -> None:
    approval, other = room.asking("risky"), room.start()
    async with hearing(room) as (seat, told):
        digest = room.desk.approval(approval).digest
        room.desk.decide(approval, "reject", seen=digest, comment="No.")
        room.fail(other, "draft", "no paper")
        await seat.until(lambda: told != [])
        assert told == ["billing: Failed: ship"]


async def test_failures_can_be_left_out(room: Room) -> None:
    run = room.start()
    async with hearing(room) as (seat, told):
        seat.app.personal = msgspec.structs.replace(seat.app.personal, failures=False)
        room.fail(run, "draft", "no paper")
        approval = room.asking()
        await seat.until(lambda: approval in seat.app.work.approvals.pending)
        assert told == ["billing: Ship it to everyone?"]


@pytest.fixture
def night(room: Room, clock: Clock) -> float:
    """The seconds until it is not quiet any more; what is high risk is told."""
    now = datetime.fromtimestamp(clock(), UTC)
    until = now.replace(minute=0, second=0).timestamp() + 2 * 3600
    quiet = Quiet(
        from_=f"{now:%H:00}",
        until=f"{datetime.fromtimestamp(until, UTC):%H:00}",
        timezone="UTC",
        unless=("high",),
    )
    workspace = room.engine.workspace
    config = msgspec.structs.replace(workspace.config, notify=Notify(quiet=quiet))
    room.engine.workspace = msgspec.structs.replace(workspace, config=config)
    return until - clock()


async def test_quiet_hours_hold_the_bell_and_their_end_tells_all_at_once(
    room: Room, clock: Clock, night: float
) -> None:
    run, answered = room.start(), room.asking()
    async with hearing(room) as (seat, told):
        room.fail(run, "draft", "no paper")
        room.asking()
        risky = room.asking("risky")
        await seat.until(lambda: risky in seat.app.work.approvals.pending)
        assert told == ["billing: Delete the production database?"]
        digest = room.desk.approval(answered).digest
        room.desk.decide(answered, "reject", seen=digest, comment="No.")
        clock.forward(night)
        seat.clock.forward(60)
        seat.app.work.tick(clock())
        assert told[1:] == ["billing: 1 new approval and 1 failure"]
