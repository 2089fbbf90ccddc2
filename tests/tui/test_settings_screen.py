"""The settings in the workbench: looked at, changed, and gone by at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.tui.bench import SHIP, Room, Seat, sit_down
from tui import terminal
from tui.actions import SETTINGS
from tui.app import Workbench
from tui.personal import read_personal
from tui.screens.colours import Colours
from tui.screens.line import Line
from tui.screens.press import Press
from tui.screens.settings import SettingsScreen
from tui.scripting.script import Script
from tui.scripting.session import Session
from tui.settings import change
from tui.themes import HIGH_CONTRAST, NAMES, USUAL


@asynccontextmanager
async def looking(
    room: Room, size: tuple[int, int] = (120, 40), **given: object
) -> AsyncIterator[Seat]:
    async with sit_down(room, size, **given) as seat:  # type: ignore[arg-type]
        await seat.press("g", ",")
        await seat.until(lambda: isinstance(seat.app.screen, SettingsScreen))
        await seat.sees("theme")
        yield seat


def kept(config: Path) -> str | None:
    return config.read_text() if config.exists() else None


def write(config: Path, text: str) -> None:
    """As an editor does."""
    config.write_text(text)


async def go_to(seat: Seat, name: str) -> None:
    """Filter the list down to one setting, and stand on it."""
    await seat.press("slash", *name, "enter")
    await seat.until(lambda: screen_of(seat).chosen is not None)
    await seat.until(lambda: chosen(seat).startswith(name))


async def opens(seat: Seat, name: str, kind: type) -> None:
    """Change one setting, by the screen that it is changed with."""
    await go_to(seat, name)
    await seat.press("enter")
    await seat.until(lambda: isinstance(seat.app.screen, kind))


def screen_of(seat: Seat) -> SettingsScreen:
    screen = seat.app.keyed
    assert isinstance(screen, SettingsScreen)
    return screen


def chosen(seat: Seat) -> str:
    found = screen_of(seat).chosen
    return found.name if found else ""


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50)])
async def test_each_setting_is_shown_with_its_value_and_its_source(
    room: Room, own_config: Path, size: tuple[int, int]
) -> None:
    change(own_config, {"mouse": False})
    async with looking(room, size) as seat:
        rows = [line.removeprefix(">").split() for line in seat.lines[3:11]]
        found = {row[0]: row[1:] for row in rows}
        assert found["theme"][:3] == [USUAL, "as", "usual"]
        assert found["mouse"][:2] == ["off", "config.toml"]
        assert found["keymap.runs.start"][:1] == ["n"]


async def test_a_switch_is_turned_and_kept(room: Room, own_config: Path) -> None:
    async with looking(room) as seat:
        await go_to(seat, "bell")
        await seat.press("enter")
        await seat.until(lambda: "bell is off; kept in" in seat.said())
        assert kept(own_config) == "bell = false\n"
        assert not seat.app.personal.bell
        await seat.sees("bell = off; as usual on")
        await seat.press("d")
        await seat.until(lambda: seat.app.personal.bell)
        await seat.until(lambda: kept(own_config) == "")
        await seat.press("d")
        await seat.until(lambda: "as usual already" in seat.said())


async def test_a_number_is_typed_and_refused_with_what_it_may_be(
    room: Room, own_config: Path
) -> None:
    async with looking(room) as seat:
        await opens(seat, "undo", Line)
        await seat.press("backspace", *"90", "enter")
        await seat.until(lambda: "0 (send at once) to 60" in seat.said())
        assert kept(own_config) is None
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.app.screen, Line))
        await seat.press("backspace", *"2.5", "enter")
        await seat.until(lambda: seat.app.personal.undo == 2.5)
        assert kept(own_config) == "undo = 2.5\n"


async def test_colours_are_seen_before_they_are_taken(
    room: Room, own_config: Path
) -> None:
    async with looking(room) as seat:
        await opens(seat, "theme", Colours)
        assert seat.app.theme == USUAL
        await seat.press("down")
        await seat.until(lambda: seat.app.theme == NAMES[0])
        await seat.press("escape")
        await seat.until(lambda: seat.app.theme == USUAL)
        assert kept(own_config) is None
        await seat.press("enter", *"high-con", "enter")
        await seat.until(lambda: "theme is high-contrast" in seat.said())
        assert seat.app.theme == HIGH_CONTRAST.name
        assert read_personal(own_config).theme == HIGH_CONTRAST.name


async def test_g_h_looks_at_colours_from_anywhere_and_keeps_them(
    room: Room, own_config: Path
) -> None:
    async with sit_down(room) as seat:
        await seat.press("g", "h")
        await seat.until(lambda: isinstance(seat.app.screen, Colours))
        await seat.press(*"dracula", "enter")
        await seat.until(lambda: read_personal(own_config).theme == "dracula")


async def test_other_keys_are_pressed_and_gone_by_at_once(
    room: Room, own_config: Path
) -> None:
    run = room.start()
    async with looking(room) as seat:
        await opens(seat, "keymap.runs.stop", Press)
        await seat.sees("Press the keys for Stop")
        await seat.press("X")
        await seat.sees("X")
        await seat.press("tab")
        await seat.until(lambda: "keymap.runs.stop is x, X" in seat.said())
        assert kept(own_config) == '[keymap]\n"runs.stop" = ["x", "X"]\n'
        await seat.press("1")
        await seat.sees(run)
        await seat.press("X")
        await seat.sees("y Yes")


async def test_keys_that_are_another_actions_are_refused_with_the_reason(
    room: Room, own_config: Path
) -> None:
    async with looking(room) as seat:
        await opens(seat, "keymap.runs.why", Press)
        await seat.press("p", "enter")
        await seat.sees("runs.pause (p) and runs.why (p) clash in runs")
        assert isinstance(seat.app.screen, Press)
        await seat.press("backspace", "q")
        await seat.sees("app.back (q)")
        await seat.press("escape")
        await seat.until(lambda: isinstance(seat.app.screen, SettingsScreen))
        assert kept(own_config) is None


async def test_what_is_wrong_in_the_file_is_said_and_the_workbench_goes_on(
    room: Room, own_config: Path
) -> None:
    def edit(_: Workbench, path: Path, *__: object) -> None:
        path.write_text('theme = "nrod"\n')

    async with looking(room) as seat:
        seat.app.editor = edit
        await seat.press("e")
        await seat.sees("there is no theme 'nrod'")
        assert seat.app.theme == USUAL
        await seat.sees("keymap.runs.start")
        seat.app.editor = lambda _, path, *__: path.write_text('theme = "nord"\n')
        await seat.press("e")
        await seat.until(lambda: seat.app.theme == "nord")


async def test_what_is_set_in_another_terminal_is_gone_by_and_shown(
    room: Room, own_config: Path
) -> None:
    async with looking(room) as seat:
        await go_to(seat, "bell")
        change(own_config, {"theme": "nord", "bell": False, "keymap.runs.start": ["Z"]})
        await seat.until(lambda: seat.app.theme == "nord")
        assert not seat.app.personal.bell
        await seat.sees("bell = off; as usual on")
        await seat.press("escape", "q")
        await seat.sees("Z New run")


async def test_a_slip_in_the_file_is_told_until_it_is_mended(
    room: Room, own_config: Path
) -> None:
    async with sit_down(room) as seat:
        await seat.until(lambda: seat.at_work("settings"))
        change(own_config, {"theme": "nord"})
        await seat.until(lambda: seat.app.theme == "nord")
        sound = kept(own_config) or ""
        write(own_config, "theme = [\n")
        await seat.sees("going on with the settings of before")
        assert seat.app.theme == "nord"
        room.save(SHIP)
        await seat.until_read()
        assert "settings of before" in seat.screen
        write(own_config, sound)
        await seat.until(lambda: "settings of before" not in seat.screen)


async def test_the_bell_and_the_title_are_asked_for_each_time(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(terminal, "notify", lambda _, text: told.append(text))
    monkeypatch.setattr(terminal, "set_title", lambda _, text: told.append(text))
    async with looking(room) as seat:
        await seat.until(lambda: told == ["billing"])
        for name in ("bell", "title"):
            await go_to(seat, name)
            await seat.press("enter")
            await seat.until(lambda name=name: f"{name} is off" in seat.said())
            await seat.press("q")
        approval = room.asking()
        await seat.until(lambda: approval in seat.app.work.approvals.pending)
        assert told == ["billing"]


async def test_what_is_set_is_kept_in_the_script_of_a_session(
    room: Room, tmp_path: Path
) -> None:
    file = tmp_path / "session.sh"
    script = Script(file, room.desk.workspace, "ana", room.engine.clock)
    async with looking(room, session=Session(script)) as seat:
        await go_to(seat, "bell")
        await seat.press("enter")
        await seat.until(lambda: "bell is off" in seat.said())
        await seat.press("d")
        await seat.until(lambda: "bell is as usual" in seat.said())
    said = (kept(file) or "").splitlines()
    assert [line for line in said if line.startswith("weir settings")] == [
        "weir settings || :", "weir settings bell=off", "weir settings bell=",
    ]  # fmt: skip


async def test_every_action_of_the_settings_is_done_by_them(room: Room) -> None:
    async with looking(room) as seat:
        assert seat.undone(SETTINGS) == []
