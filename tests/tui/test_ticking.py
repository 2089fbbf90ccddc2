"""A checklist in the workbench: space ticks, and what is refused says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.machine import commands as c
from engine.machine.ticking import items_of
from tests.tui.bench import SHIP, Room, Seat, sit_down
from tui.screens.checklist import Checklist
from tui.screens.form import Form
from tui.screens.work import WorkScreen

LISTED = """\
workflow: ship
steps:
  - id: first
    set: {x: 1}
  - id: checks
    artifact: {form: checklist, title: Before, sections: [{items: [call, write]}]}
  - id: note
    artifact: {title: Note, sections: [{text: hello}]}
"""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path / "ws", LISTED)
    yield room
    room.desk.close()


def leave(room: Room, run: str, path: str, form: str, text: str) -> None:
    """Let a step succeed with a document."""
    attempt = room.take(run, path).steps[path].attempt
    about = {"title": path, "form": form, "sha256": "e" * 64, "size": len(text)}
    report = c.ReportSuccess(path, attempt, "w1", {**about, "text": text}, True)
    room.engine.handle(run, report)


def listed(room: Room) -> str:
    run = room.start()
    room.succeed(run, "first", {"x": 1})
    leave(room, run, "checks", "checklist", "# Before\n\n- [ ] call\n- [ ] write\n")
    return run


def ticked(room: Room, run: str) -> list[bool]:
    step = room.engine.load(run).steps["checks"]
    return [item.tick is not None for item in items_of(step)]


async def opened(seat: Seat) -> None:
    await seat.press("3")
    await seat.sees("checks")
    await seat.press("right_square_bracket", "right_square_bracket", "enter")
    await seat.until(lambda: isinstance(seat.app.screen, Checklist))


async def test_space_ticks_an_item_and_takes_that_back(room: Room) -> None:
    run = listed(room)
    async with sit_down(room) as seat:
        await opened(seat)
        await seat.sees("0 of 2 ticked")
        await seat.press("j", "space")
        await seat.sees("1 of 2 ticked")
        assert ticked(room, run) == [False, True]
        await seat.press("space")
        await seat.sees("0 of 2 ticked")
        assert ticked(room, run) == [False, False]
        await seat.press("space", "q")
        await seat.until(lambda: isinstance(seat.app.screen, WorkScreen))
        await seat.sees("1 of 2 ticked")


async def test_a_tick_made_elsewhere_is_seen(room: Room) -> None:
    run = listed(room)
    async with sit_down(room) as seat:
        await opened(seat)
        room.desk.tick(run, "checks", "2")
        await seat.sees("1 of 2 ticked")
        await seat.sees("☑")


async def test_a_tick_made_elsewhere_is_not_taken_back_unseen(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = listed(room)
    # The moment before it is drawn.
    monkeypatch.setattr(Checklist, "heard", lambda *_: None)
    async with sit_down(room) as seat:
        await opened(seat)
        room.desk.tick(run, "checks", "1")
        await seat.press("space")
        await seat.sees("1 of 2 ticked")
        assert ticked(room, run) == [True, False]
        assert "has ticked item 1 of checks already" in seat.said()


@pytest.mark.parametrize(
    ("downs", "said"),
    [
        (0, "choose the step that has left a checklist"),
        (1, "first leaves no document"),
        (3, "note has nothing to tick"),
    ],
)
async def test_what_has_no_items_says_so(room: Room, downs: int, said: str) -> None:
    leave(room, listed(room), "note", "report", "# Note\n\nhello\n")
    async with sit_down(room) as seat:
        await seat.press("3")
        await seat.sees("note")
        await seat.press(*["right_square_bracket"] * downs, "enter")
        await seat.until(lambda: said in seat.said())


GATED = """\
workflow: gated
steps:
  - id: checks
    artifact: {form: checklist, title: Before, sections: [{items: [call, write]}]}
  - id: ask
    approval:
      title: Go live?
      show: [artifacts.checks]
      complete: [artifacts.checks]
      form:
        window: {type: string}
"""


def at_the_gate(room: Room) -> str:
    """A run whose gate wants its checklist complete; the approval's id."""
    room.save(GATED)
    run = room.start("gated")
    text = "# Before\n\n- [ ] call\n- [ ] write\n"
    leave(room, run, "checks", "checklist", text)
    return room.ask(run, text, shown_as=("artifacts.checks", "markdown"))


async def test_a_gate_tells_what_is_ticked_and_what_is_open(room: Room) -> None:
    at_the_gate(room)
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("checks: 0 of 2 ticked; an approval needs all; t ticks")
        await seat.sees("☐ 1 call")
        await seat.press("t")
        await seat.until(lambda: isinstance(seat.app.screen, Checklist))
        await seat.press("space")
        await seat.sees("1 of 2 ticked")
        await seat.press("q")
        await seat.sees("checks: 1 of 2 ticked")
        await seat.sees("☐ 2 write")
        await seat.sees("☑ call")
        assert "☐ 1 call" not in seat.screen


async def test_open_items_are_told_before_the_form_is_asked_for(room: Room) -> None:
    approval = at_the_gate(room)
    run = room.desk.approval(approval).run
    room.desk.tick(run, "checks", "1")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("a")
        await seat.until(
            lambda: "1 of 2 items of checks are open: 2 write; t ticks" in seat.said()
        )
        assert isinstance(seat.app.screen, WorkScreen)
        room.desk.tick(run, "checks", "2")
        await seat.sees("2 of 2 ticked")
        seat.clock.forward(1)
        await seat.press("a")
        await seat.until(lambda: isinstance(seat.app.screen, Form))


async def test_a_gate_without_a_checklist_says_so(room: Room) -> None:
    room.save(SHIP.replace("workflow: ship", "workflow: plainly"))
    room.asking("plainly")
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.press("t")
        await seat.until(lambda: "shows nothing to tick" in seat.said())
