"""What a gate says of its run: what it has taken, and what it may still take."""

from __future__ import annotations

import pytest

from engine.desk import Desk
from engine.figures import Spread
from engine.gates import still_to_decide
from engine.machine import commands as c
from engine.machine.state import Actor, Usage
from engine.outlook import Outlook, outlook, told
from engine.spending import Spent
from tests.tui.bench import AT, Clock, Room, sit_down
from tui.panes.gate import facts, read_gate

pytestmark = pytest.mark.usefixtures("clock")


def decide(room: Room, approval: str, choice: str = "approve") -> str:
    """The run of a gate that is decided."""
    asked = room.desk.approval(approval)
    room.desk.decide(approval, choice, seen=asked.digest, comment="so")
    return asked.run


def goes_on(room: Room, clock: Clock, seconds: float, cost: float) -> None:
    """A run that is approved at its gate and then takes so long, and so much."""
    approval = room.asking()
    clock.forward(1000)  # which a person has taken, before the approval
    run = decide(room, approval)
    attempt = room.take(run, "send").steps["send"].attempt
    clock.forward(seconds)
    used = Usage("m", "openai", input_tokens=1000, cost=cost)
    report = c.ReportSuccess("send", attempt, "w1", {"sent": True}, usage=used)
    room.engine.handle(run, report)


def ahead(room: Room, approval: str) -> Outlook:
    found = outlook(room.engine, room.desk.approval(approval))
    assert found is not None
    return found


def test_runs_that_were_approved_here_tell_what_is_still_to_come(
    room: Room, clock: Clock
) -> None:
    for number in range(1, 11):
        goes_on(room, clock, seconds=60.0 * number, cost=0.01 * number)
    found = ahead(room, room.asking())
    assert found.runs == 10
    assert (found.time.median, found.time.most) == (330.0, 540.0)
    assert found.cost.median == pytest.approx(0.055)
    assert found.cost.most == pytest.approx(0.09)
    assert found.spent == Spent()


def test_runs_that_went_another_way_or_are_on_theirs_tell_nothing(
    room: Room, clock: Clock
) -> None:
    decide(room, room.asking(), "reject")
    decide(room, room.asking())
    approval = room.asking()
    clock.forward(180)
    assert [*told(ahead(room, approval), clock())] == [
        "so far 3m · blocks 1 step · to the end: not known yet"
    ]


def test_both_are_told_in_words_with_the_number_of_runs(clock: Clock) -> None:
    time, cost = Spread(240, 1200), Spread(0.02, 0.05)
    found = Outlook(AT, Spent(1200, 300, 0.03), 12, time, cost)

    clock.forward(720)
    so_far, to_the_end = told(found, clock())
    assert so_far == "so far 12m, 1,200 tokens read, 300 written, $0.03"
    assert to_the_end == (
        "to the end after an approval: 4m, 20m at most in 9 of 10;"
        " $0.02, $0.05 at most in 9 of 10 (as 12 runs before)"
    )


async def test_it_stands_in_the_head_of_the_gate(room: Room, clock: Clock) -> None:
    goes_on(room, clock, seconds=120.0, cost=0.04)
    room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("so far <1m · blocks 1 step")
        await seat.sees("to the end after an approval: 2m; $0.04 (as 1 run before)")


def test_who_else_must_decide_is_named_with_the_people_of_a_role(room: Room) -> None:
    room.save(
        "workflow: three\nsteps:\n  - id: ask\n    approval:\n      title: Well?\n"
        "      approvers: [ana, cyd, 'role:csm']\n      required: 3\n"
    )
    approval = room.ask(room.start("three"))
    asked = room.desk.approval(approval)
    Desk(room.engine, Actor("ana")).decide(approval, "approve", seen=asked.digest)
    gate = read_gate(room.engine, room.desk.approval(approval))
    roles = {"csm": ("ana", "ben")}
    still = still_to_decide(roles, gate.approval.approvers, gate.decisions)
    assert [*still] == ["cyd", "role:csm (ben)"]
    assert (
        "may still decide: cyd, role:csm (nobody else); 2 of 3 approvals still needed"
    ) in [*facts(gate, AT)]


ASIDE = """\
workflow: aside
steps:
  - id: both
    parallel:
      branches:
        gate:
          - {id: ask, approval: {title: Go on?}}
        work:
          - {id: count, safe: true, shell: "true"}
"""


async def test_what_a_gate_says_of_time_follows_it_and_asks_for_no_second_look(
    room: Room, clock: Clock
) -> None:
    room.asking()
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("so far <1m")
        clock.forward(180)
        seat.app.work.tick(clock())
        await seat.sees("so far 3m")
        assert seat.app.work.approvals.document.end_seen
        assert seat.app.work.approvals.grace.takes()


async def test_what_a_run_spends_beside_its_gate_is_told_as_it_does(
    room: Room, clock: Clock
) -> None:
    room.save(ASIDE)
    run = room.start("aside")
    work = "both[work]/count"
    room.ask(run, path="both[gate]/ask")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        attempt = room.take(run, work).steps[work].attempt
        used = Usage("m", "openai", input_tokens=1000, cost=0.5)
        room.engine.handle(run, c.ReportSuccess(work, attempt, "w1", {}, usage=used))
        await seat.sees("1,000 tokens read")
        await seat.sees("$0.50")
        assert seat.app.work.approvals.document.end_seen
        assert seat.app.work.approvals.grace.takes()
