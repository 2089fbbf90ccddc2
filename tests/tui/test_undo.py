"""A decision is held for a moment: counted down, taken back or sent, never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from engine.machine import commands as c
from tests.tui.bench import WHO, Room, Seat, sit_down
from tui.app import Workbench
from tui.holding import Holding, Verdict, seconds_for
from tui.opening import leaving
from tui.panes.gate import Gate, read_gate
from tui.panes.sending import show_held
from tui.screens.audit import AuditScreen

WINDOW = 5.0
TIMED = """\
workflow: timed
steps:
  - id: ask
    approval:
      title: In time?
      timeout: 1h
      on_timeout: expire
"""


def gate(room: Room, approval: str) -> Gate:
    return read_gate(room.engine, room.desk.approval(approval))


async def approves(seat: Seat) -> None:
    """Approve what is shown, and see that it is held."""
    before = len([*seat.app.holding])
    await seat.to_approvals()
    await seat.press("a")
    await seat.until(lambda: len([*seat.app.holding]) > before, "it is held")


async def test_a_decision_is_counted_down_and_then_sent(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room, window=WINDOW) as seat:
        await approves(seat)
        assert f"{approval}: approve is sent in 5 s; u takes it back" in seat.said()
        await seat.sees("u Undo approve 5 s")
        await seat.sees("‖ held")
        assert "a Approve" not in seat.screen
        seat.clock.forward(2)
        await seat.sees("u Undo approve 3 s")
        assert room.decided(approval) == []
        seat.clock.forward(3)
        await seat.until(lambda: room.decided(approval) == ["approve"])
        await seat.sees("✓ yes")
        assert "u Undo" not in seat.screen
        assert "approve is recorded" in seat.said()


@pytest.mark.parametrize("moments", range(4))
async def test_it_is_counted_down_while_a_screen_opens(
    room: Room, moments: int
) -> None:
    room.asking()
    async with sit_down(room, window=WINDOW) as seat:
        await approves(seat)
        seat.app.push_screen(AuditScreen())
        for _ in range(moments):
            await asyncio.sleep(0)
        show_held(seat.app)
        await seat.sees("u Undo approve 5 s")


async def test_u_takes_it_back_and_the_gate_is_as_before(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room, window=WINDOW) as seat:
        await approves(seat)
        await seat.press("1", "u")
        await seat.until(lambda: "is taken back" in seat.said())
        seat.clock.forward(WINDOW)
        await seat.until(lambda: not seat.at_work("decision"))
        assert room.statuses(approval) == ["pending"]
        assert room.decided(approval) == []
        await approves(seat)
        seat.clock.forward(WINDOW)
        await seat.until(lambda: room.decided(approval) == ["approve"])


async def test_u_without_anything_held_says_so(room: Room) -> None:
    async with sit_down(room, window=WINDOW) as seat:
        await seat.press("u")
        said = "nothing is held: a decision can be taken back for 5 s; what was sent"
        await seat.until(lambda: said in seat.said())


async def test_u_says_where_decisions_are_sent_at_once_how_to_have_them_held(
    room: Room,
) -> None:
    async with sit_down(room, window=0) as seat:
        await seat.press("u")
        await seat.until(lambda: "`weir settings undo=5` holds them" in seat.said())


async def test_high_risk_is_held_as_well(room: Room) -> None:
    approval = room.asking("risky")
    async with sit_down(room, window=WINDOW) as seat:
        await seat.to_approvals()
        await seat.press("a")
        await seat.sees("High risk.")
        seat.clock.forward(1)
        await seat.press("y")
        await seat.until(lambda: seat.app.holding)
        assert room.decided(approval) == []


@pytest.mark.parametrize("key", ["a", "r", "c", "w", "e"])
async def test_what_is_held_for_a_gate_is_said_to_every_other_key(
    room: Room, key: str
) -> None:
    room.asking()
    async with sit_down(room, window=WINDOW) as seat:
        await approves(seat)
        seat.clock.forward(1)
        await seat.press(key)
        await seat.until(lambda: "approve is held for it: u takes" in seat.said())
        assert len([*seat.app.holding]) == 1


async def test_a_key_that_comes_again_before_it_is_held_holds_it_once(
    room: Room,
) -> None:
    approval = room.asking()
    async with sit_down(room, window=WINDOW) as seat:
        await seat.to_approvals()
        pane = seat.app.work.approvals
        pane.decider.approve()
        seat.clock.forward(1)
        pane.decider.approve()
        asked = [each for each in seat.app.workers if each.group == "decision"]
        await seat.until(
            lambda: len([*seat.app.holding]) > 1 or any(a.is_finished for a in asked)
        )
        assert len([*seat.app.holding]) == 1
        await seat.press("u")
        seat.clock.forward(WINDOW)
        await seat.until(lambda: all(each.is_finished for each in asked))
        assert room.decided(approval) == []


async def test_each_is_held_by_itself_and_the_newest_comes_back_first(
    room: Room,
) -> None:
    first, second = room.asking(), room.asking()
    async with sit_down(room, window=WINDOW) as seat:
        await approves(seat)
        seat.clock.forward(2)
        await seat.press("j")
        await approves(seat)
        await seat.press("u")
        await seat.until(lambda: f"{second}: approve is taken" in seat.said())
        seat.clock.forward(WINDOW)
        await seat.until(lambda: room.decided(first) == ["approve"])
        assert room.decided(second) == []


async def test_several_at_once_come_back_at_once(room: Room) -> None:
    some = [room.asking() for _ in range(3)]
    async with sit_down(room, (120, 40), window=WINDOW) as seat:
        await seat.to_approvals()
        await seat.press("m", "m", "m", "A")
        await seat.reads_to_the_end()
        await seat.press("y")
        await seat.sees("u Undo approve of 3")
        await seat.press("u")
        await seat.until(lambda: "approve of 3 is taken back" in seat.said())
        assert room.statuses(*some) == ["pending"] * 3
        assert seat.app.work.approvals.marked() == some


async def test_who_decides_elsewhere_meanwhile_is_first_and_it_is_told(
    room: Room,
) -> None:
    approval = room.asking()
    async with sit_down(room, window=WINDOW) as seat:
        await approves(seat)
        digest = room.desk.approval(approval).digest
        room.desk.decide(approval, "reject", seen=digest, comment="no")
        words = f"{approval}: approve is not recorded: it is already rejected"
        await seat.until(lambda: words in seat.said())
        assert room.decided(approval) == ["reject"]
        assert not seat.app.holding


async def test_what_would_be_refused_is_told_at_once(room: Room) -> None:
    room.save(
        "workflow: theirs\nsteps:\n  - id: ask\n    approval:\n"
        "      title: Mine?\n      approvers: [somebody-else]\n"
    )
    room.ask(room.start("theirs"))
    async with sit_down(room, window=WINDOW) as seat:
        await seat.to_approvals()
        await seat.press("a")
        await seat.until(lambda: "may not decide this" in seat.said())
        assert not seat.app.holding


async def test_a_run_that_ends_meanwhile_refuses_what_is_held(room: Room) -> None:
    approval = room.asking()
    run = room.desk.approval(approval).run
    async with sit_down(room, window=WINDOW) as seat:
        await approves(seat)
        room.engine.handle(run, c.CancelRun(WHO))
        await seat.until(lambda: "approve is not recorded" in seat.said())
        assert room.decided(approval) == []


def test_it_is_sent_before_the_gate_itself_ends(room: Room) -> None:
    room.save(TIMED)
    verdict = Verdict(gate(room, room.ask(room.start("timed"))), "approve")
    deadline = verdict.gate.approval.deadline
    assert deadline is not None
    assert seconds_for([verdict], WINDOW, deadline - 60) == WINDOW
    assert seconds_for([verdict], WINDOW, deadline - 3) == 2.0
    assert seconds_for([verdict], WINDOW, deadline - 0.5) == 0.0


def leave(app: Workbench) -> None:
    app.exit()


def suspend(app: Workbench) -> None:
    app.app_suspend_signal.publish(app)


@pytest.mark.parametrize("way", [leave, suspend])
async def test_it_is_sent_before_the_terminal_is_given_away(
    room: Room, way: Callable[[Workbench], object]
) -> None:
    approval = room.asking()
    async with sit_down(room, window=WINDOW) as seat:
        await approves(seat)
        way(seat.app)
        await seat.until(lambda: room.decided(approval) == ["approve"])
        assert not seat.app.holding


async def test_what_is_refused_on_leaving_is_said_to_the_shell(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    approval = room.asking()
    async with sit_down(room, window=WINDOW) as seat:
        await approves(seat)
    digest = room.desk.approval(approval).digest
    with leaving(seat.app):
        room.desk.decide(approval, "reject", seen=digest, comment="no")
    said = capsys.readouterr().err
    assert f"weir: {approval}: approve is not recorded" in said


def test_what_is_sent_twice_or_taken_back_is_decided_once_or_never(room: Room) -> None:
    first, second = room.asking(), room.asking()
    holding = Holding(room.desk)
    held = holding.hold([Verdict(gate(room, first), "approve")], 0)
    assert len(holding.send(held)) == 1
    assert holding.send(held) == holding.send_all() == []
    taken = holding.hold([Verdict(gate(room, second), "approve")], 0)
    assert holding.take_back() is taken
    assert holding.send(taken) == []
    assert room.statuses(first, second) == ["approved", "pending"]
