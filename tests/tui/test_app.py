"""The workbench whole: its layouts, its keys, and how it is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen
from textual.widgets import Input

from engine.desk import Desk
from engine.errors import CommandRefused
from store.errors import DatabaseBusy
from store.records import ProblemRecord
from tests.tui.bench import SHIP, Room, Seat, sit_down
from tests.tui.test_stuck import lacking
from tui.actions import ACTIONS, PANES
from tui.app import Workbench
from tui.keymap import build, default_keymap, remap
from tui.messages import CountsRead
from tui.opening import run_workbench
from tui.panes.approvals import ApprovalsPane
from tui.panes.pane import Pane
from tui.personal import Personal
from tui.screens.audit import AuditScreen
from tui.screens.definition import DefinitionScreen
from tui.screens.over import OverScreen
from tui.screens.pick import Pick
from tui.screens.trends import TrendsScreen
from tui.screens.work import WorkScreen

SIZES = [(80, 24), (120, 40), (160, 50)]


def make_busy(room: Room) -> None:
    for _ in range(3):
        room.asking()
    room.asking("risky")
    run = room.start()
    room.log(run, ("out", "reading the commits\n", False), ("llm", "Dear", True))


def make_failing(room: Room) -> None:
    run = room.start()
    room.log(run, ("err", "cp: no such file\n", False))
    room.fail(run, "draft", "exit status 3: cp: no such file")
    problem = ProblemRecord(
        path="workflows/ship.yaml",
        line=4,
        column=7,
        message="unknown key `stepz`",
        hint="did you mean `steps`?",
    )
    room.break_file("ship", problem)


# Layouts


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pane", range(1, 6))
async def test_an_empty_pane_says_what_it_is_for(
    tmp_path: Path, size: tuple[int, int], pane: int
) -> None:
    room = Room(tmp_path / "empty")
    room.lose("workflows/ship.yaml")
    said = {
        1: ("No run yet.", "n  start one     4  look at the workflows"),
        2: ("Nothing waits for you.", "without you, stands here. A bell tells."),
        3: ("No run is chosen.", "1  go to the runs and choose one"),
        4: ("formed", "⊘ gone" if size != (160, 50) else "ship"),
        5: ("No project yet.", "It keeps runs together."),
    }
    async with sit_down(room, size) as seat:
        await seat.press(str(pane))
        for text in said[pane]:
            await seat.sees(text)
    room.desk.close()


@pytest.mark.parametrize("size", SIZES)
async def test_a_busy_workspace_is_shown_without_cut_text(
    room: Room, size: tuple[int, int]
) -> None:
    make_busy(room)
    async with sit_down(room, size) as seat:
        await seat.sees("Approvals(4)")
        await seat.sees("draft llm Dear")
        for text in ("▶1 ?4", "model: mock", "? wait", "▶ run", "0/3 draft", "q Back"):
            await seat.sees(
                " ".join(text.split()) if size[0] < 100 else text.split()[0]
            )
        await seat.press("2")
        await seat.sees("Delete the production database?")
        await seat.sees("approve: the run goes on")
        await seat.sees("── end")
        assert all(len(line) <= size[0] for line in seat.lines)


@pytest.mark.parametrize("size", SIZES)
async def test_a_failing_workspace_says_what_is_wrong(
    room: Room, size: tuple[int, int]
) -> None:
    make_failing(room)
    async with sit_down(room, size) as seat:
        await seat.sees("✗ fail")
        await seat.sees("✗1")
        await seat.sees("✗ 1 problem")
        await seat.sees("cp: no such file")
        await seat.press("4", "G")
        await seat.until(lambda: "workflows/ship.yaml:4:7" in unbroken(seat))


def unbroken(seat: Seat) -> str:
    """The screen without its breaks and borders, for text that is wrapped."""
    return "".join(line.strip("│┃ ") for line in seat.lines)


async def test_below_100_columns_there_is_one_pane_and_a_peek(room: Room) -> None:
    async with sit_down(room, (80, 24)) as seat:
        assert shown(seat) == {"runs", "log"}
        await seat.press("2")
        assert shown(seat) == {"approvals"}
        await seat.press("1", "v")
        assert shown(seat) == {"runs"}


async def test_from_100_there_are_two_columns_and_from_140_three(room: Room) -> None:
    async with sit_down(room, (120, 40)) as seat:
        assert shown(seat) == {"runs", "log", "approvals"}
        await seat.press("4")
        assert shown(seat) == {"templates", "projects", "approvals"}
    async with sit_down(room, (160, 50)) as seat:
        assert shown(seat) == set(PANES)
        await seat.press("z")
        assert shown(seat) == {"runs"}
        await seat.press("q")
        assert shown(seat) == set(PANES)


def shown(seat: Seat) -> set[str]:
    return {pane for pane in PANES if seat.app.work.pane_of(pane).region.area}


async def test_resizing_keeps_the_cursor(room: Room) -> None:
    runs = [room.start() for _ in range(30)]
    async with sit_down(room, (80, 24)) as seat:
        table = seat.app.work.runs.table
        await seat.until(lambda: len(table.keys) == 30)
        await seat.press(*"jjjjjjjjjjjjjjjjjjjj")
        chosen = table.selected
        assert chosen == runs[9]
        for size in ((160, 50), (120, 40), (80, 24)):
            await seat.pilot.resize_terminal(*size)
            await seat.pilot.pause()
            assert table.selected == chosen
            await seat.sees(f"> {chosen}")


async def test_the_count_of_what_waits_is_in_sight_from_everywhere(room: Room) -> None:
    approval = room.asking()
    async with sit_down(room) as seat:
        for pane in "1345":
            await seat.press(pane)
            await seat.sees("Approvals(1)")
            await seat.sees(f"? {approval} Ship it to everyone?")
        await seat.press("g", "w")
        assert seat.app.work.pane_id == "approvals"


async def test_why_the_screen_is_behind_stays_until_it_is_not(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sit_down(room) as seat:
        told: list[str] = []  # at each look

        def refuse(*_: object) -> dict[str, int]:
            told.append(seat.app.work.facts.stale)
            raise DatabaseBusy("somebody writes")

        with monkeypatch.context() as busy:
            busy.setattr("tui.reading.runs.counts", refuse)
            room.asking()
            await seat.until(lambda: seat.app.work.log_pane.run, "a run was read")
            await seat.until(lambda: len(told) > 2)
            assert all("somebody writes" in why for why in told[1:])
        await seat.sees("Approvals(1)")  # though nobody has written anything since
        await seat.until(lambda: seat.app.work.facts.stale == "")


async def test_the_first_line_tells_what_weir_toml_says_now_and_what_is_wrong_with_it(
    room: Room,
) -> None:
    file = room.root / "weir.toml"
    async with sit_down(room) as seat:
        await seat.sees("model: mock")
        file.write_text('name = "shipping"\nprovider = "openai"\n')
        await seat.sees("going on with the weir.toml of before")
        room.trust()
        await seat.sees("shipping")
        assert "model: mock" not in seat.screen
        sound = file.read_text()
        file.write_text(sound + "x = [\n")
        await seat.sees("going on with the weir.toml of before")
        room.save(SHIP)
        await seat.until_read()
        assert "weir.toml of before" in seat.screen
        file.write_text(sound)
        await seat.until(lambda: "weir.toml of before" not in seat.screen)


# Keys


async def test_what_is_empty_and_what_is_refused_tell_the_keys_as_remapped(
    room: Room,
) -> None:
    keys, problems = remap({"runs.start": "H", "go.next": "ctrl+n", "go.runs": "g 1"})
    assert not problems
    async with sit_down(room, (160, 50), keymap=build(keys)) as seat:
        await seat.sees("H  start one")
        await seat.sees("g1  go to the runs")
        await seat.press("g", "d", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, DefinitionScreen))
        await seat.press("enter")
        await seat.until(lambda: "ctrl+n goes to the next" in seat.said())
        await seat.press("g", "u")
        await seat.sees("g1 H  start a run")


async def test_each_number_and_tab_go_to_a_pane(room: Room) -> None:
    async with sit_down(room) as seat:
        for number, pane in enumerate(PANES, 1):
            await seat.press(str(number))
            assert seat.app.work.pane_id == pane
        await seat.press("tab")
        assert seat.app.work.pane_id == "runs"
        await seat.press("shift+tab")
        assert seat.app.work.pane_id == "projects"


async def test_the_leader_shows_what_may_follow(room: Room) -> None:
    async with sit_down(room) as seat:
        await seat.press("g")
        await seat.sees("g …")
        await seat.sees("d Look u Audit")
        await seat.sees("o Runner s Trends , Settings w Waiting")
        await seat.press("t")
        assert seat.app.work.pane_id == "templates"
        await seat.sees("? Help : Cmds q Back")


async def test_the_footer_is_on_the_last_line_of_every_pane(room: Room) -> None:
    async with sit_down(room) as seat:
        for pane in "12345":
            await seat.press(pane)
            await seat.pilot.pause()
            assert seat.lines[-1].endswith("? Help : Cmds q Back")
            assert len(seat.lines[-1]) <= 77


async def test_help_lists_the_keys_of_the_pane_and_runs_what_is_picked(
    room: Room,
) -> None:
    async with sit_down(room) as seat:
        await seat.press("3", "question_mark")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.sees("Keys of Log")
        await seat.press(*"templates")
        await seat.sees("go to Templates")
        await seat.press("enter")
        await seat.until(lambda: seat.app.work.pane_id == "templates")


async def test_the_help_is_left_by_q_and_the_palette_takes_it_as_text(
    room: Room,
) -> None:
    async with sit_down(room) as seat:
        await seat.press("question_mark")
        await seat.sees("Keys of Runs")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press("q")
        await seat.until(lambda: isinstance(seat.app.screen, WorkScreen))
        await seat.press("ctrl+p")
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"quit")
        await seat.sees("leave the workbench")


async def test_what_cannot_be_done_now_still_says_what_it_does(room: Room) -> None:
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("question_mark")
        await seat.sees("cancel the run for good (no run is chosen)")


async def test_the_palette_says_why_something_cannot_be_done(room: Room) -> None:
    async with sit_down(room) as seat:
        await seat.press("ctrl+p")
        await seat.until(lambda: isinstance(seat.app.screen, Pick))
        await seat.until(lambda: isinstance(seat.app.focused, Input))
        await seat.press(*"cancel")
        await seat.sees("no run is chosen")
        await seat.press("enter")
        await seat.until(lambda: "no run is chosen" in seat.said())


async def test_every_action_is_done_by_someone(room: Room) -> None:
    async with sit_down(room) as seat:
        work = seat.app.work
        for action in ACTIONS:
            for pane in PANES:
                if action.applies(pane):
                    work.pane_id = pane
                    assert action.id in work.acts(), (action.id, pane)
        work.pane_id = "runs"


async def test_letters_typed_into_a_filter_are_no_keys(room: Room) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("slash", *"xq4")
        assert isinstance(seat.app.screen, WorkScreen)
        assert seat.app.work.pane_id == "runs"
        await seat.press("escape")
        await seat.sees(run)


async def test_copying_says_how_it_went(room: Room) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("y")
        assert run in seat.said()


async def test_a_workspace_for_reading_only_says_so_at_each_key(room: Room) -> None:
    room.start()
    room.asking()
    looking = Desk.open(room.root, via="workbench", read_only=True)
    room_again, room.desk = room.desk, looking  # type: ignore[assignment]
    async with sit_down(room) as seat:
        for pane, key in (("1", "x"), ("1", "n"), ("2", "a"), ("5", "n")):
            await seat.press(pane)
            await seat.pilot.pause()
            await seat.press(key)
            assert "reading only" in seat.said()
    looking.close()
    room.desk = room_again


async def test_who_only_looks_is_told_of_no_key_that_decides(room: Room) -> None:
    first, _, run = room.asking(), room.asking(), lacking(room)
    looking = Desk.open(room.root, via="workbench", read_only=True)
    room_again, room.desk = room.desk, looking  # type: ignore[assignment]
    async with sit_down(room, (120, 40)) as seat:
        await seat.press("2")
        await seat.until(lambda: seat.app.work.approvals.gate is not None)
        await seat.sees("asked of 1 more run")
        assert "marks them all" not in seat.screen
        assert seat.app.work.approvals.table.selected == first
        seat.app.work.approvals.select(f"{run}/use")
        await seat.sees("customer.arr  any")
        assert "give the values" not in seat.screen
        assert "Fill in" not in seat.lines[-1]
        await seat.press("enter")
        await seat.until(lambda: "reading only" in seat.said())
        assert seat.app.screen is seat.app.work
    looking.close()
    room.desk = room_again


# Leaving


@pytest.mark.parametrize("keys", [["q"], ["ctrl+q"], ["4", "q", "q"], ["ctrl+c"] * 2])
async def test_leaving_stops_no_run(room: Room, keys: list[str]) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press(*keys)
        await seat.until(lambda: not seat.app.is_running or seat.app._exit)
    assert not room.engine.load(run).ended
    assert seat.app.return_code == 0


OPENING = [lambda: Pick("Which?", [], []), AuditScreen, TrendsScreen]


@pytest.mark.parametrize("moments", range(4))
@pytest.mark.parametrize("make", OPENING)
async def test_one_may_leave_while_a_screen_opens(
    room: Room, moments: int, make: Callable[[], Screen[Any]]
) -> None:
    async with sit_down(room) as seat:
        await opening(seat, make(), moments)
        seat.app.pop_screen()
        await opening(seat, make(), moments)
        seat.app.leave()
    assert seat.app.return_code == 0


async def opening(seat: Seat, screen: Screen[Any], moments: int) -> None:
    seat.app.push_screen(screen)
    for _ in range(moments):
        await asyncio.sleep(0)


async def test_one_ctrl_c_does_not_leave(room: Room) -> None:
    async with sit_down(room) as seat:
        await seat.press("ctrl+c")
        assert "ctrl+c again" in seat.said()
        seat.clock.forward(3)
        await seat.press("ctrl+c")
        assert not seat.app._exit


async def test_q_leaves_a_filter_and_a_zoom_before_it_leaves(room: Room) -> None:
    run = room.start()
    async with sit_down(room) as seat:
        await seat.sees(run)
        await seat.press("slash", *"nothing", "enter", "z", "q", "q")
        await seat.sees(run)
        assert not seat.app._exit
        assert not seat.app.work.has_class("zoomed")


async def test_esc_and_backspace_go_back_and_never_leave(room: Room) -> None:
    async with sit_down(room) as seat:
        await seat.press("4", "escape", "4", "backspace")
        assert seat.app.work.pane_id == "runs"
        await seat.press("escape", "backspace")
        assert not seat.app._exit


def test_nothing_moves_and_no_palette_of_textual_is_there(room: Room) -> None:
    app = Workbench(room.desk, Personal(default_keymap()))
    assert app.animation_level == "none"
    assert not app.ENABLE_COMMAND_PALETTE
    assert not app._bindings.key_to_bindings


def test_with_no_runner_nothing_is_woken(room: Room) -> None:
    assert not room.desk.wakes
    room.desk.wake()
    assert not (room.root / ".weir" / "run" / "runner.lock").exists()


def test_no_method_of_the_app_or_its_panes_is_an_action_of_markup() -> None:
    for kind in (Workbench, WorkScreen, ApprovalsPane, Pane):
        own = [name for name in vars(kind) if name.startswith("action_")]
        assert own in ([], ["action_simulate_key"])


async def test_nothing_is_painted_while_nothing_changes(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.asking()
    make_failing(room)
    async with sit_down(room) as seat:
        await seat.sees("✗ fail")
        await seat.sees("cp: no such file")
        await seat.pilot.pause()
        painted: list[object] = []
        display = seat.app._display

        def count(screen: Screen[object], what: object) -> None:
            if what is not None:
                painted.append(what)
            display(screen, what)  # type: ignore[arg-type]

        monkeypatch.setattr(seat.app, "_display", count)

        async def paints_in_a_round() -> int:
            """A second passes and a runner beats, and nothing else."""
            painted.clear()
            seat.app.work.tick(seat.app.now())
            await seat.app.read_news()
            await seat.pilot.pause()
            return len(painted)

        log = seat.app.work.log_pane.vlog
        while await paints_in_a_round() or log._timer is not None:
            """What was read at the start is still being drawn."""
        assert [await paints_in_a_round() for _ in range(5)] == [0] * 5


async def test_a_terminal_too_small_is_told_so(room: Room) -> None:
    async with sit_down(room, (50, 12)) as seat:
        await seat.sees("needs 60 columns and 15 lines")
        await seat.pilot.resize_terminal(80, 24)
        await seat.sees("No run yet.")


@pytest.mark.parametrize("keys", ["i", "g d", "g u", "g s"])
async def test_a_terminal_too_small_for_a_screen_over_the_panes_shows_none_of_it(
    room: Room, keys: str
) -> None:
    room.start()
    async with sit_down(room) as seat:
        await seat.sees("draft")
        await seat.press(*keys.split())
        await seat.until(lambda: isinstance(seat.app.screen, OverScreen))
        await seat.pilot.resize_terminal(50, 12)
        await seat.sees("needs 60 columns and 15 lines")
        shown = {w.id for w in seat.app.screen.children if w.region.area}
        assert shown == {"status", "small", "footer"}


def test_a_run_cannot_open_a_workbench_to_decide_for_itself(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIR_RUN_ID", "r1")
    with pytest.raises(CommandRefused, match="open it outside"):
        run_workbench(room.root)


async def test_nothing_is_drawn_while_the_window_closes(room: Room) -> None:
    async with sit_down(room) as seat:
        screen, read = seat.app.work, CountsRead({})
        await seat.sees("billing")
        assert screen.check_message_enabled(read)
        seat.app._running = False  # widgets go one after another from here on
        await screen.runs.table.remove()
        screen.tick(seat.app.now())
        assert not screen.check_message_enabled(read)
