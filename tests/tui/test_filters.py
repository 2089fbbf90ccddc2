"""What `/` says of runs, and filters that are saved under a name."""

from __future__ import annotations

import pytest

from engine.machine import commands as c
from store import filters
from store.filters import FilterRecord
from tests.tui.bench import Room, Seat, sit_down
from tui.messages import Find, FindRuns


def saved(room: Room) -> dict[str, FilterRecord]:
    found = filters.of_person(room.desk.database, room.desk.who.name)
    return {each.name: each for each in found}


def listed(seat: Seat) -> list[str]:
    return list(seat.app.work.runs.table.keys)


async def typed(seat: Seat, text: str) -> None:
    await seat.press("/", *(" " if ch == " " else ch for ch in text), "enter")


async def test_terms_and_words_are_typed_together(room: Room) -> None:
    one, other = room.start("ship"), room.start("risky")
    room.engine.handle(one, c.CancelRun(room.desk.who, "no lamp"))
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(other)
        await typed(seat, "status:canc lamp")
        await seat.until(lambda: listed(seat) == [one])
        await seat.press("q")
        await seat.until(lambda: listed(seat) == [other, one])


async def test_a_run_comes_and_goes_with_what_is_sought(room: Room) -> None:
    one, other = room.start("ship"), room.start("ship")
    async with sit_down(room, (120, 40)) as seat:
        await typed(seat, "status:running")
        await seat.until(lambda: listed(seat) == [other, one])
        room.engine.handle(one, c.CancelRun(room.desk.who, ""))
        await seat.until(lambda: listed(seat) == [other])
        third = room.start("risky")
        await seat.until(lambda: listed(seat) == [third, other])


async def test_two_quick_edits_are_each_looked_for_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = room.start("ship"), room.start("risky")
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(other)
        asked: list[str] = []
        find_runs = seat.app.find_runs
        monkeypatch.setattr(
            seat.app, "find_runs", lambda f: (asked.append(f.search), find_runs(f))
        )
        pane = seat.app.work.runs
        pane.look_for(Find("workflow:risky"))
        pane.look_for(Find("workflow:ship"))
        await seat.until(lambda: listed(seat) == [one])
        assert asked == ["workflow:risky", "workflow:ship"]


async def test_a_term_that_says_nothing_is_told_when_it_is_sent(room: Room) -> None:
    one = room.start("ship")
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(one)
        await typed(seat, "since:soon")
        await seat.until(lambda: "since:soon is no time" in seat.said())
        assert listed(seat) == [one], "what was shown before stays"


async def test_a_filter_is_saved_chosen_and_forgotten_by_keys(room: Room) -> None:
    one, other = room.start("ship"), room.start("risky")
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(other)
        await typed(seat, "workflow:risky")
        await seat.until(lambda: listed(seat) == [other])
        await seat.press("W")
        await seat.sees("Save /workflow:risky")
        await seat.press(*"danger", "enter")
        await seat.until(lambda: "danger" in saved(room))
        assert saved(room)["danger"].pane == "runs"
        await seat.press("q")
        await seat.until(lambda: listed(seat) == [other, one])
        await seat.press("F")
        await seat.sees("danger")
        await seat.press("enter")
        await seat.until(lambda: listed(seat) == [other])
        await seat.press("D")
        await seat.sees("Forget a filter")
        await seat.press("enter")
        await seat.until(lambda: not saved(room))


async def test_a_filter_of_a_project_is_offered_there_alone(room: Room) -> None:
    room.start("ship")
    room.desk.save_filter("ours", "lamp", pane="runs", project="acme")
    room.desk.save_filter("any", "lamp", pane="runs")
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("F")
        await seat.sees("any")
        assert "ours" not in seat.screen
        await seat.press("escape")
        seat.app.work.post_message(FindRuns(Find(project="acme")))
        await seat.until(lambda: seat.app.work.runs.find.project == "acme")
        await seat.press("F")
        await seat.sees("ours")


async def test_the_inbox_has_filters_of_its_own(room: Room) -> None:
    room.asking("ship")
    risky = room.asking("risky")
    room.desk.save_filter("urgent", "risk:high", pane="inbox")
    async with sit_down(room, (120, 40)) as seat:
        await seat.to_approvals()
        pane = seat.app.work.approvals
        await seat.press("F")
        await seat.sees("urgent")
        await seat.press("enter")
        await seat.until(lambda: pane.filter_text == "risk:high")
        await seat.until(lambda: list(pane.table.keys) == [risky])


async def test_the_inbox_keeps_no_gate_that_its_filter_hides(room: Room) -> None:
    one, other, last = (room.asking(name) for name in ("ship", "formed", "ship"))
    async with sit_down(room, (120, 40)) as seat:
        await seat.to_approvals()
        pane = seat.app.work.approvals
        pane.select(other)
        await seat.until(lambda: pane.gate and pane.gate.approval.id == other)
        await typed(seat, "workflow:ship")
        await seat.until(lambda: list(pane.table.keys) == [one, last])
        await seat.until(lambda: pane.gate and pane.gate.approval.id == one)
        await typed(seat, " nothing")
        await seat.sees("Nothing that waits holds that text.")
        assert pane.gate is None


async def test_without_a_text_there_is_nothing_to_save(room: Room) -> None:
    room.start("ship")
    async with sit_down(room) as seat:
        await seat.press("W")
        await seat.until(lambda: "nothing is filtered by" in seat.said())
        await seat.press("F")
        await seat.until(lambda: "no filter is saved here" in seat.said())


async def test_a_filter_opened_at_once_after_going_to_a_pane_takes_the_keys(
    room: Room,
) -> None:
    async with sit_down(room) as seat:
        await seat.press("2")
        work = seat.app.work
        work.go("runs")
        work.runs.open_filter()
        await seat.press(*"xyz")
        assert work.runs.filter_text == "xyz"
