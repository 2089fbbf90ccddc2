"""Keys: every one means one thing in a pane, and a person may put others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.actions import ACTIONS, BY_ID, PLACES, of_pane
from tui.keymap import (
    InvalidKeymap,
    Keymap,
    default_keymap,
    press,
    read_keymap,
    remap,
)
from tui.screens.bars import FOOTER_CELLS, footer
from tui.teaching import FOOTER

NEVER_SENT = {"ctrl+h", "ctrl+i", "ctrl+m", "ctrl+j", "ctrl+[", "ctrl+a", "ctrl+b"}


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_the_keys_of_the_registry_do_not_clash() -> None:
    _, problems = remap({})
    assert problems == []


def test_no_action_has_an_id_twice() -> None:
    assert len(BY_ID) == len(ACTIONS)


def test_no_key_of_ours_is_one_that_terminals_swallow_or_send_as_another() -> None:
    used = {key for action in ACTIONS for text in action.keys for key in text.split()}
    swallowed = {key for key in used if key.startswith(("alt+", "ctrl+shift+"))}
    assert not swallowed | (used & NEVER_SENT)


def test_without_a_config_file_the_keys_are_the_registrys(tmp_path: Path) -> None:
    assert read_keymap(tmp_path / "none.toml") == default_keymap()


def test_a_key_can_be_put_elsewhere_by_its_id(tmp_path: Path) -> None:
    keymap = read_keymap(write(tmp_path, '[keymap]\n"runs.stop" = ["X", "g x"]\n'))
    assert keymap.find("runs", ("x",)) is None
    assert keymap.find("runs", ("X",)) is BY_ID["runs.stop"]
    assert keymap.find("runs", ("g", "x")) is BY_ID["runs.stop"]


def test_the_config_file_is_found_by_xdg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weir").mkdir()
    write(tmp_path / "weir", '[keymap]\n"app.quit" = "Q"\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert read_keymap().find("log", ("Q",)) is BY_ID["app.quit"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"runs.stopp" = "X"', "no action 'runs.stopp'; the nearest is 'runs.stop'"),
        ('"runs.stop" = "p"', "runs.pause (p) and runs.stop (p) clash in runs"),
        ('"runs.stop" = "g"', "runs.stop (g) and list.top (gg) clash in runs"),
        ('"runs.stop" = "ctrl+h"', "a terminal sends 'backspace' for 'ctrl+h'"),
        ('"runs.stop" = 3', "runs.stop: keys are a text or a list"),
        ('"runs.stop" = [""]', "runs.stop: keys are a text or a list"),
    ],
)
def test_a_keymap_that_cannot_be_used_says_what_is_wrong(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(InvalidKeymap) as refused:
        read_keymap(write(tmp_path, f"[keymap]\n{text}\n"))
    assert said in str(refused.value)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, '[keymap]\n"a.b" = "X"\n"runs.stop" = "ctrl+m"\n')
    with pytest.raises(InvalidKeymap) as refused:
        read_keymap(path)
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize("text", ["keymap = 3", "not toml ["])
def test_a_config_file_that_cannot_be_read_is_one_line(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(InvalidKeymap) as refused:
        read_keymap(write(tmp_path, text))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("key", "character", "word"),
    [
        ("question_mark", "?", "?"),
        ("colon", ":", ":"),
        ("R", "R", "R"),
        ("space", " ", "space"),
        ("enter", "\r", "enter"),
        ("ctrl+d", "\x04", "ctrl+d"),
        ("left_square_bracket", "[", "["),
        ("tab", "\t", "tab"),
    ],
)
def test_a_press_is_named_as_it_is_typed(key: str, character: str, word: str) -> None:
    assert press(key, character) == word


def test_every_key_of_the_keymap_is_one_that_a_press_can_be() -> None:
    names = {"space", "enter", "escape", "backspace", "tab", "shift+tab", "home", "end"}
    names |= {"up", "down", "left", "right", "pageup", "pagedown", "f1"}
    for action in ACTIONS:
        for text in action.keys:
            for key in text.split():
                assert len(key) == 1 or key in names or key.startswith("ctrl+"), key


@pytest.mark.parametrize("pane", PLACES)
def test_the_footer_fits_and_always_tells_of_help_and_the_way_back(pane: str) -> None:
    every = [(each, BY_ID[each].name) for each in FOOTER[pane]]
    text = footer(every, default_keymap()).plain
    assert len(text) <= FOOTER_CELLS
    assert text.endswith("? Help : Cmds q Back")


def test_the_footer_shows_the_keys_as_remapped(tmp_path: Path) -> None:
    keymap = read_keymap(write(tmp_path, '[keymap]\n"app.help" = "H"\n'))
    assert "H Help" in footer([], keymap).plain


def test_a_text_tells_the_keys_as_remapped(tmp_path: Path) -> None:
    keymap = read_keymap(write(tmp_path, '[keymap]\n"runs.start" = "g n"\n'))
    told = keymap.taught("{runs.start}  start one; {raw} and {go.next} stay")
    assert told == "gn  start one; {raw} and tab stay"


@pytest.mark.parametrize("pane", PLACES)
def test_the_footer_teaches_only_what_the_pane_answers_to(pane: str) -> None:
    known = {action.id for action in of_pane(pane)}
    assert set(FOOTER[pane]) <= known


def test_a_chord_waits_for_its_other_keys() -> None:
    keymap: Keymap = default_keymap()
    found = {action.id for _, action in keymap.follows("runs", ("g",))}
    assert {"list.top", "go.waiting", "go.log"} <= found
    assert keymap.find("runs", ("g",)) is None
