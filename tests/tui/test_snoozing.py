"""What one is shown later: by whom, until when, and what ends it early."""

from __future__ import annotations

import pytest

from engine.desk import Desk
from engine.errors import CommandRefused, NotFound
from engine.inbox import inbox
from engine.machine.state import Actor
from store import acts
from tests.tui.bench import AT, Clock, Room, Seat, sit_down
from tui.screens.choose import Choose

pytestmark = pytest.mark.usefixtures("clock")

HOUR = 3600.0
TIMED = """\
workflow: timed
steps:
  - id: ask
    approval:
      title: In time?
      timeout: {timeout}
      on_timeout: {then}
"""
TRIED = """\
workflow: tried
steps:
  - {id: pay, shell: "true"}
"""
LACKS = """\
workflow: lacks
steps:
  - {id: use, requires: [customer.arr], set: {x: "{{ customer.arr }}"}}
"""
TWO = """\
workflow: two
steps:
  - id: ask
    approval: {title: Both?, required: 2}
"""


def timed(room: Room, timeout: str, then: str = "expire") -> str:
    room.save(TIMED.format(timeout=timeout, then=then))
    return room.ask(room.start("timed"))


def asleep(room: Room, who: str = "") -> list[str]:
    """The gates that a person, or whoever is at the desk, has snoozed now."""
    found = inbox(room.engine, who or room.desk.who.name)
    return [item.id for item in found if item.snoozed is not None]


def other(room: Room) -> Desk:
    return type(room.desk)(room.engine, Actor("somebody-else"))


def test_it_holds_until_its_time_and_is_one_persons(room: Room, clock: Clock) -> None:
    approval = room.asking()
    assert room.desk.snooze(approval, "2h").until == AT + 2 * HOUR
    assert asleep(room) == [approval]
    assert asleep(room, "somebody-else") == []
    clock.forward(2 * HOUR - 1)
    assert asleep(room) == [approval]
    clock.forward(1)
    assert asleep(room) == []


def test_it_outlives_the_process_that_it_was_said_in(room: Room, clock: Clock) -> None:
    approval = room.asking()
    room.desk.snooze(approval, "2h")
    room.desk.close()
    room.desk = type(room.desk).open(room.root, via="workbench")
    room.engine = room.desk.engine
    room.engine.clock = clock
    assert asleep(room) == [approval]


def test_the_gates_own_deadline_stays_and_it_is_seen_before_that(room: Room) -> None:
    approval = timed(room, "2h")
    before = room.desk.approval(approval)
    assert room.desk.snooze(approval, "3d").until == AT + HOUR + HOUR / 2
    assert room.desk.approval(approval) == before


def test_a_long_time_ends_an_hour_before_that_of_the_gate(room: Room) -> None:
    assert room.desk.snooze(timed(room, "2d"), "3d").until == AT + 47 * HOUR


def test_a_gate_that_is_about_to_end_is_not_snoozed(room: Room, clock: Clock) -> None:
    approval = timed(room, "1h")
    clock.forward(50 * 60)
    with pytest.raises(CommandRefused, match="ends in 10m: decide now"):
        room.desk.snooze(approval, "1h")
    assert asleep(room) == []


def test_another_decision_ends_it(room: Room) -> None:
    room.save(TWO)
    approval = room.ask(room.start("two"))
    room.desk.snooze(approval, "2h")
    digest = room.desk.approval(approval).digest
    other(room).decide(approval, "approve", seen=digest)
    assert asleep(room) == []


def test_said_again_the_newer_time_holds_and_waking_ends_it(room: Room) -> None:
    approval = room.asking()
    room.desk.snooze(approval, "2h")
    assert room.desk.snooze(approval, "4h").until == AT + 4 * HOUR
    room.desk.rouse(approval)
    assert asleep(room) == []
    with pytest.raises(CommandRefused, match="is not snoozed"):
        room.desk.rouse(approval)


def test_what_is_decided_is_not_snoozed(room: Room) -> None:
    approval = room.asking()
    digest = room.desk.approval(approval).digest
    room.desk.decide(approval, "reject", seen=digest, comment="no")
    with pytest.raises(CommandRefused, match="nobody waits for it"):
        room.desk.snooze(approval, "1h")


def test_a_step_that_can_t_go_on_is_snoozed_until_anything_happens_to_it(
    room: Room,
) -> None:
    room.save(TRIED)
    run = room.start("tried")
    room.interrupt(run, "pay")
    room.desk.snooze(f"{run}/pay", "2h")
    assert asleep(room) == [f"{run}/pay"]
    assert asleep(room, "somebody-else") == []
    room.desk.mark(run, "pay", how="again")
    room.interrupt(run, "pay")
    assert asleep(room) == []
    assert [item.id for item in inbox(room.engine)] == [f"{run}/pay"]


def test_a_value_that_is_missing_is_snoozed_until_another_is_asked_for(
    room: Room,
) -> None:
    room.save(LACKS)
    run = room.start("lacks")
    room.lack(run, "use", "customer.arr")
    room.desk.snooze(f"{run}/use", "2h")
    assert asleep(room) == [f"{run}/use"]
    room.desk.rouse(f"{run}/use")
    assert asleep(room) == []


def test_a_step_that_goes_on_is_not_snoozed(room: Room) -> None:
    run = room.start()
    with pytest.raises(CommandRefused, match="draft is ready: nobody waits for it"):
        room.desk.snooze(f"{run}/draft", "2h")
    with pytest.raises(NotFound, match=f"{run} has no step nope"):
        room.desk.snooze(f"{run}/nope", "2h")


def test_who_snoozed_what_stands_in_the_audit(room: Room) -> None:
    approval = room.asking()
    room.desk.snooze(approval, "1h")
    (act,) = acts.every(room.desk.database)
    assert (act.kind, act.what.split(" until")[0]) == ("snooze", f"snoozed {approval}")


# In the workbench


async def snoozes(seat: Seat, key: str) -> None:
    await seat.press("s")
    await seat.until(lambda: isinstance(seat.app.screen, Choose))
    seat.clock.forward(1)
    await seat.press(key)


async def test_s_and_a_digit_snooze_and_only_the_count_is_left(room: Room) -> None:
    first, second = room.asking(), room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await snoozes(seat, "1")
        await seat.until(lambda: asleep(room) == [first])
        await seat.sees("1 snoozed")
        await seat.sees("Approvals(1)")
        table = seat.app.work.approvals.table
        assert table.keys == [first, second], "what is looked at stays"
        await seat.press("j")
        await seat.until(lambda: table.keys == [second])


async def test_it_is_seen_again_when_its_time_is_up_and_the_bell_tells(
    room: Room, clock: Clock
) -> None:
    approval = room.asking()
    room.desk.snooze(approval, "1h")
    async with sit_down(room) as seat:
        await seat.press("2")
        await seat.sees("All that waits is snoozed: S shows it.")
        told: list[str] = []
        seat.app.announcer._ring = told.append
        clock.forward(HOUR)
        seat.app.work.tick(clock())
        await seat.sees("Approvals(1)")
        assert told == ["billing: Ship it to everyone?"]
        assert seat.app.work.approvals.table.keys == [approval]


async def test_capital_s_shows_them_and_s_wakes_one(room: Room) -> None:
    approval = room.asking()
    room.desk.snooze(approval, "1h")
    async with sit_down(room) as seat:
        await seat.press("2", "S")
        await seat.sees("z snoozed")
        await seat.to_approvals()
        await seat.press("s")
        await seat.until(lambda: asleep(room) == [])
        await seat.sees("? asks")
        assert f"{approval} is shown again" in seat.said()


async def test_what_is_snoozed_elsewhere_by_the_same_person_is_heard_of(
    room: Room,
) -> None:
    room.asking()
    second = room.asking()
    async with sit_down(room, (120, 40)) as seat:
        await seat.to_approvals()
        room.desk.snooze(second, "1h")
        await seat.sees("1 snoozed")
        assert second not in seat.app.work.approvals.table.keys
