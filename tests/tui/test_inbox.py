"""The approvals as an inbox: their order, and what `/` leaves of them."""

from __future__ import annotations

import pytest

from store.records import ApprovalRecord
from tests.tui.bench import Room, sit_down
from tui.panes.terms import lets

ROW = ApprovalRecord(
    id="a1",
    run="r1",
    path="ask",
    workflow="refund",
    status="pending",
    title="Pay 40 back to Ada?",
    digest="d",
    request=b"{}",
    requested_at=1.0,
    risk="high",
    project="acme",
)


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True),
        ("pay ada", True),
        ("pay ben", False),
        ("risk:high", True),
        ("risk:h", True),
        ("risk:low", False),
        ("!risk:low", True),
        ("project:acme workflow:ref", True),
        ("project:acme !pay", False),
        ("nothing:such", False),
        ("!", True),
    ],
)
def test_all_that_a_filter_says_has_to_hold(text: str, passes: bool) -> None:
    assert lets(text, ROW) is passes


async def test_the_riskiest_stands_first_then_the_oldest(room: Room) -> None:
    first, second, risky = room.asking(), room.asking(), room.asking("risky")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        assert seat.app.work.approvals.table.keys == [risky, first, second]
        assert "3 by risk, then age" in seat.app.work.approvals.entitled


async def test_capital_o_takes_the_next_order(room: Room) -> None:
    last, blocks = room.asking("formed"), room.asking()
    risky = room.asking("risky")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        table = seat.app.work.approvals.table
        await seat.sees("1 step ")
        assert table.keys == [risky, last, blocks]
        await seat.press("O")
        await seat.until(lambda: table.keys == [last, blocks, risky])
        await seat.press("O")
        await seat.until(lambda: "stands by what they block" in seat.said())
        assert table.keys == [blocks, last, risky]
        assert table.selected == risky
        await seat.press("O")
        await seat.until(lambda: table.keys == [risky, last, blocks])


async def test_terms_leave_what_has_them(room: Room) -> None:
    first, _, risky = room.asking(), room.asking("formed"), room.asking("risky")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("slash", *"workflow:ship", "enter", "j")
        table = seat.app.work.approvals.table
        await seat.until(lambda: first in table.keys)
        assert set(table.keys) <= {risky, first}
