"""Settings as they are shown and written, in a person's own file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.errors import WeirError
from tui.actions import ACTIONS
from tui.keymap import default_keymap
from tui.personal import DOES, Personal, read_personal
from tui.settings import Setting, Value, as_text, change, clashes, every, value_of

FILE = """\
# mine
mouse = false   # never

# colours for the evening
theme = "nord"

[keymap]
# x is too near to c
"runs.stop" = ["X", "g x"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(FILE)
    return file


def by_name(path: Path) -> dict[str, Setting]:
    return {each.name: each for each in every(path)}


def test_without_a_file_every_setting_is_as_usual(tmp_path: Path) -> None:
    found = every(tmp_path / "none.toml")
    assert len(found) == len(DOES) + len(ACTIONS)
    assert all(each.value == each.usual and not each.given for each in found)


def test_what_the_file_says_is_told_from_what_is_usual(path: Path) -> None:
    found = by_name(path)
    assert {name for name, each in found.items() if each.given} == {
        "mouse", "theme", "keymap.runs.stop",
    }  # fmt: skip
    theme, stop = found["theme"], found["keymap.runs.stop"]
    assert (theme.value, theme.usual) == ("nord", "textual-dark")
    assert (stop.value, stop.usual) == (["X", "g x"], ["x"])


def test_comments_and_order_stay_where_something_is_set(path: Path) -> None:
    change(path, {"theme": "dracula", "mouse": True, "keymap.runs.pause": ["P"]})
    assert (
        path.read_text()
        == FILE.replace("nord", "dracula").replace("mouse = false ", "mouse = true ")
        + '"runs.pause" = ["P"]\n'
    )


def test_what_is_new_stands_before_the_table_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[keymap]\n"runs.stop" = "X"\n')
    assert change(path, {"bell": False}).bell is False
    assert read_personal(path).bell is False


def test_a_file_is_made_where_there_is_none_for_its_person_alone(
    tmp_path: Path,
) -> None:
    path = tmp_path / "none" / "weir" / "config.toml"
    change(path, {"theme": "dark"})
    assert path.read_text() == 'theme = "dark"\n'
    assert path.stat().st_mode & 0o077 == 0


def test_a_file_behind_a_link_stays_there(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    change(link, {"theme": "dark"})
    assert link.is_symlink()
    assert read_personal(path).theme == "textual-dark"


def test_as_usual_takes_it_out_of_the_file(path: Path) -> None:
    change(path, {"theme": None, "keymap.runs.stop": None, "bell": None})
    assert not any(each.given for each in every(path) if each.name != "mouse")
    assert "# x is too near to c" in path.read_text()


def test_what_means_nothing_can_be_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('thme = "nord"\n')
    change(path, {"thme": None})
    assert path.read_text() == ""


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("theme", "nrod", "there is no theme 'nrod'; did you mean 'nord'"),
        ("thme", "nord", "there is no setting 'thme'; did you mean 'theme'"),
        ("thme", None, "there is no setting 'thme'; did you mean 'theme'"),
        ("bell", "loud", "bell is true or false, not 'loud'"),
        ("undo", 61.0, "0 (send at once) to 60, not 61.0"),
        ("keymap", "x", "say of which action: keymap.runs.stop=X"),
        ("keymap.runs.stp", ["X"], "no action 'runs.stp'; the nearest is 'runs.stop'"),
        ("keymap.runs.retry", ["p"], "runs.pause (p) and runs.retry (p) clash in runs"),
        ("keymap.runs.retry", ["g"], "clash in"),
        ("keymap.runs.retry", ["ctrl+i"], "a terminal sends 'tab' for 'ctrl+i'"),
    ],
)
def test_what_is_not_right_is_refused_and_nothing_is_written(
    path: Path, name: str, value: Value | None, said: str
) -> None:
    with pytest.raises(WeirError, match=re.escape(said)):
        change(path, {name: value})
    assert path.read_text() == FILE


@pytest.mark.parametrize("text", ["theme = \n", "keymap = 3\n"])
def test_a_file_that_is_not_right_stays_as_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(WeirError):
        change(path, {"keymap.runs.stop": ["X"]})
    assert path.read_text() == text


def test_a_place_that_takes_no_file_is_told(path: Path) -> None:
    with pytest.raises(WeirError, match="it can't be changed"):
        change(path / "weir" / "config.toml", {"theme": "dark"})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("theme", "on", "on"),
        ("bell", "off", False),
        ("bell", "yes", True),
        ("bell", "perhaps", "perhaps"),
        ("undo", "2.5", 2.5),
        ("undo", "soon", "soon"),
        ("keymap.runs.stop", "g x", "g x"),
        ("keymap.runs.stop", '["X", "g x"]', ["X", "g x"]),
        ("keymap.trends.shorter", "[", "["),
        ("keymap.trends.shorter", "[]", []),
        ("keymap.trends.shorter", "[x]", "[x]"),
    ],
)
def test_a_text_means_a_switch_a_name_or_keys(
    name: str, text: str, value: Value
) -> None:
    assert value_of(name, text) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "nord"),
        ("bell", False),
        ("undo", 2.5),
        ("keymap.runs.stop", ["["]),
        ("keymap.runs.stop", ["X", "g x", '"']),
    ],
)
def test_a_value_as_a_text_means_the_same_value(name: str, value: Value) -> None:
    assert value_of(name, as_text(value)) == value


def test_what_keys_would_meet_is_told_before_they_are_taken() -> None:
    usual = Personal(default_keymap())
    assert clashes(usual, "runs.stop", ["X"]) == []
    (clash,) = clashes(usual, "runs.why", ["p"])
    assert "runs.pause (p)" in clash
