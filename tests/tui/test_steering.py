"""Steering a run from the workbench: each is shown before it is done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import WeirError
from store import runs
from tests.tui.bench import Room, Seat, sit_down
from tui.actions import Here
from tui.commanding import words_of
from tui.screens.confirm import Confirm
from tui.screens.line import Line
from tui.screens.output import Output
from tui.screens.pick import Pick

PAID = """\
workflow: paid
steps:
  - id: pay
    shell: pay
    undo: {shell: give it back}
  - id: tell
    shell: tell
  - id: pack
    set: {packed: true}
"""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = Room(tmp_path / "ws", PAID)
    room.trust()
    yield room
    room.desk.close()


def half_way(room: Room) -> str:
    """A run that has paid and told, and shall pack."""
    run = room.start("paid")
    for path in ("pay", "tell"):
        room.succeed(run, path, {"stdout": "ok", "stderr": "", "exit": 0})
    return run


async def picks(seat: Seat, key: str, step: str) -> None:
    """Press a key, and take a step of the list that it shows."""
    await seat.press(key)
    await seat.until(lambda: isinstance(seat.app.screen, Pick))
    await seat.press(*step, "enter")


async def says_yes(seat: Seat) -> None:
    await seat.until(lambda: isinstance(seat.app.screen, Confirm))
    seat.clock.forward(1)
    await seat.press("y")


async def test_a_roll_back_shows_what_it_undoes_and_asks(room: Room) -> None:
    run = half_way(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await picks(seat, "b", "everything")
        await seat.sees("give it back")
        await seat.sees("nothing undoes it")
        assert room.engine.load(run).rollback is None
        await says_yes(seat)
        await seat.until(lambda: room.engine.load(run).rollback is not None)


async def test_a_fork_shows_what_is_done_again_and_begins(room: Room) -> None:
    run = half_way(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await picks(seat, "o", "tell")
        await seat.sees("tell  re-run")
        await says_yes(seat)
        await seat.until(lambda: len(runs.page(room.desk.database)) == 2)
        (new,) = [r.id for r in runs.page(room.desk.database) if r.id != run]
        assert room.engine.load(new).steps["pay"].reused == run


GIVEN = """\
workflow: given
inputs:
  city: {type: string}
  uplift: {type: number, default: 0.1}
steps:
  - {id: pay, shell: pay}
  - {id: tell, shell: "tell {{ inputs.city }} {{ outputs.pay.exit }}"}
"""


async def test_a_fork_is_given_other_inputs_and_another_output(room: Room) -> None:
    room.save(GIVEN)
    room.trust()
    run = room.start("given", city="Oslo")
    for path in ("pay", "tell"):
        room.succeed(run, path, {"stdout": "ok", "stderr": "", "exit": 0})
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await picks(seat, "o", "tell")
        await seat.sees("to do again: about 0 tokens")
        await seat.press("e")
        await seat.sees("The fork at tell is given")
        await seat.press("ctrl+u", *"Bergen", "enter", "ctrl+u", *"much", "enter")
        await seat.press("space", "down", "enter", "enter", "enter")  # pay; show it
        await seat.sees("must be a number")
        await seat.press("ctrl+u", *"0.2", "enter", "enter", "enter")
        await seat.sees("The fork at tell finds that pay left")
        await seat.press("tab", "tab", "ctrl+u", *"3", "enter", "enter")
        await seat.sees("pay  reused  with the output you gave")
        assert len(runs.page(room.desk.database)) == 1
        await says_yes(seat)
        await seat.until(lambda: len(runs.page(room.desk.database)) == 2)
    (new,) = [r.id for r in runs.page(room.desk.database) if r.id != run]
    state = room.engine.load(new)
    assert state.inputs == {"city": "Bergen", "uplift": 0.2}
    assert state.steps["pay"].output == {"stdout": "ok", "stderr": "", "exit": 3}


async def test_a_fork_that_is_not_begun_leaves_nothing(room: Room) -> None:
    run = half_way(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await picks(seat, "o", "tell")
        await seat.sees("e Change")
        await seat.press("e")
        await seat.sees("The fork at tell is given")
        await seat.press("escape")
        await seat.sees("e Change")  # as it was proposed before
        await seat.press("n")
        await seat.until(lambda: not isinstance(seat.app.screen, Confirm))
        assert len(runs.page(room.desk.database)) == 1


async def test_a_fork_asks_for_an_input_that_the_newest_text_needs(room: Room) -> None:
    run = half_way(room)
    room.save(PAID.replace("steps:", "inputs: {city: {type: string}}\nsteps:"))
    room.trust()
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await picks(seat, "o", "tell")
        await seat.sees("The fork at tell is given")
        await seat.press(*"Oslo", "enter", "tab", "enter")
        await says_yes(seat)
        await seat.until(lambda: len(runs.page(room.desk.database)) == 2)
    (new,) = [r.id for r in runs.page(room.desk.database) if r.id != run]
    assert room.engine.load(new).inputs == {"city": "Oslo"}


async def test_going_back_comes_to_a_step_again(room: Room) -> None:
    run = half_way(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await picks(seat, "B", "tell")
        await seat.until(lambda: isinstance(seat.app.screen, Line))
        await seat.press(*"once more", "enter")
        await seat.until(lambda: "tell#2" in room.engine.load(run).steps)


async def test_a_step_is_left_out_with_a_reason(room: Room) -> None:
    run = room.start("paid")
    room.fail(run, "pay", "no money")
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await picks(seat, "S", "pay")
        await seat.until(lambda: isinstance(seat.app.screen, Line))
        await seat.press("enter")
        await seat.sees("say something")
        await seat.press(*"paid by hand", "enter")
        state = room.engine.load
        await seat.until(lambda: state(run).steps["pay"].status == "skipped")
        assert state(run).steps["pay"].reason == "paid by hand"


async def test_a_run_of_the_newest_version_has_nothing_to_adopt(room: Room) -> None:
    run = half_way(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await seat.press("A")
        await seat.until(lambda: "by the newest version already" in seat.said())


async def test_a_newer_version_is_shown_and_adopted(room: Room) -> None:
    run = half_way(room)
    room.save(PAID.replace("packed: true", "packed: twice"))
    room.trust()
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await seat.press("A")
        await says_yes(seat)
        newest = room.versions["paid"]
        await seat.until(lambda: room.engine.load(run).version == newest)


async def test_a_version_that_would_break_the_run_is_refused_with_the_step(
    room: Room,
) -> None:
    run = half_way(room)
    room.save(PAID.replace("id: pay\n", "id: charge\n"))
    room.trust()
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await seat.press("A")
        await seat.until(lambda: "it would break at pay" in seat.said())


def failing(room: Room) -> str:
    run = room.start("paid")
    room.fail(run, "pay", "no money")
    return run


async def test_a_failed_run_goes_on_by_its_file_when_that_has_been_mended(
    room: Room,
) -> None:
    run = failing(room)
    room.save(PAID.replace("shell: pay", "shell: pay --all"))
    room.trust()
    began = room.engine.load(run).version
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await seat.press("R")
        await seat.sees("1  by its file as it is now")
        await seat.sees("pay  re-run  it failed")
        await seat.sees("2  by the text it began with")
        seat.clock.forward(1)
        await seat.press("1")
        await seat.until(lambda: room.engine.load(run).status == "running")
        assert room.engine.load(run).version == room.versions["paid"] != began


async def test_or_by_the_text_it_began_with(room: Room) -> None:
    run = failing(room)
    room.save(PAID.replace("shell: pay", "shell: pay --all"))
    began = room.engine.load(run).version
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await seat.press("R")
        await seat.sees("2  by the text it began with")
        seat.clock.forward(1)
        await seat.press("2")
        await seat.until(lambda: room.engine.load(run).status == "running")
        assert room.engine.load(run).version == began


async def test_where_its_file_has_no_place_for_it_a_retry_says_so(room: Room) -> None:
    run = failing(room)
    room.save(PAID.replace("id: pay\n", "id: charge\n"))
    room.trust()
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await seat.press("R")
        await seat.sees("would break at pay")
        await says_yes(seat)
        await seat.until(lambda: room.engine.load(run).status == "running")


# The command line


async def test_any_command_is_answered_in_the_workbench(room: Room) -> None:
    run = half_way(room)
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await seat.press("colon", *"trace RUN tell", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, Output))
        await seat.sees(f"weir trace {run} tell")
        await seat.sees("paid started by ana")
        await seat.press("q")
        await seat.until(lambda: not isinstance(seat.app.screen, Output))


async def test_a_command_that_fails_says_how_it_ended(room: Room) -> None:
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("colon", *"shwo RUN2", "enter")
        await seat.sees("no such command")
        await seat.sees("(ended with 2)")


def test_capitals_stand_for_what_is_chosen(room: Room) -> None:
    run = half_way(room)
    (record,) = runs.page(room.desk.database)
    here = Here(run=record)
    assert words_of("weir logs RUN", here) == ["logs", run]
    assert words_of("run WORKFLOW -i 'a=b c'", here) == ["run", "paid", "-i", "a=b c"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("approve ID", "ID stands for what is chosen"),
        ("show 'RUN", "that is no command"),
        ("weir", "say a command"),
        ("open .", "needs a terminal of its own"),
    ],
)
def test_what_can_not_be_done_is_said(line: str, said: str) -> None:
    with pytest.raises(WeirError, match=said):
        words_of(line, Here())


async def test_enter_alone_is_the_palette(room: Room) -> None:
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("colon", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, Pick))
        await seat.sees("Commands")


def test_why_a_failed_run_stands_still_names_what_goes_on(room: Room) -> None:
    run = room.start("paid")
    room.fail(run, "pay", "no money")
    assert room.desk.why(run).endswith(f"{run} --newest` by its file as it is")


async def test_a_fork_begins_at_the_visit_that_was_picked(room: Room) -> None:
    run = half_way(room)
    room.desk.back(run, "tell", "once more")
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await picks(seat, "o", "tell")
        await seat.sees("tell#2")
        await seat.sees("tell  re-run  the fork begins here")


async def test_a_roll_back_goes_to_the_visit_that_was_picked(room: Room) -> None:
    run = half_way(room)
    room.desk.back(run, "pay", "once more")
    room.succeed(run, "pay#2", {"stdout": "ok", "stderr": "", "exit": 0})
    async with sit_down(room, (120, 40)) as seat:
        await seat.sees(run)
        await picks(seat, "b", "pay")
        await says_yes(seat)
        await seat.until(lambda: room.engine.load(run).rollback is not None)
        rollback = room.engine.load(run).rollback
        assert rollback is not None
        assert rollback.to == "pay"
