"""What a person sets for themselves: colours, the mouse, and that a slip is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import WeirError
from tests.tui.bench import Room, sit_down
from tui.personal import read_personal
from tui.themes import HIGH_CONTRAST, NAMES, USUAL


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_without_a_file_all_is_as_usual(tmp_path: Path) -> None:
    found = read_personal(tmp_path / "none.toml")
    assert (found.theme, found.mouse, found.undo) == (USUAL, True, 5.0)


def test_colours_and_the_mouse_can_be_set(tmp_path: Path) -> None:
    found = read_personal(written(tmp_path, 'theme = "ansi-dark"\nmouse = false\n'))
    assert (found.theme, found.mouse) == ("ansi-dark", False)


@pytest.mark.parametrize("seconds", [0, 2.5, 60])
def test_how_long_a_decision_is_held_can_be_set(tmp_path: Path, seconds: float) -> None:
    assert read_personal(written(tmp_path, f"undo = {seconds}\n")).undo == seconds


def test_the_bell_and_the_title_can_be_turned_off(tmp_path: Path) -> None:
    found = read_personal(written(tmp_path, "bell = false\ntitle = false\n"))
    assert (found.bell, found.title) == (False, False)
    usual = read_personal(tmp_path / "none.toml")
    assert (usual.bell, usual.title) == (True, True)


def test_dark_and_light_are_themes_by_these_names(tmp_path: Path) -> None:
    for short, name in (("dark", USUAL), ("light", "textual-light")):
        path = written(tmp_path, f'theme = "{short}"\n')
        assert read_personal(path).theme == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('theme = "nrod"\n', "there is no theme 'nrod'; did you mean 'nord'"),
        ("theme = 7\n", "there is no theme 7; known: ansi-dark"),
        ('thme = "nord"\n', "there is no setting 'thme'; did you mean 'theme'"),
        ("undo = true\n", "undo is a number of seconds from 0"),
        ("undo = 61\n", "0 (send at once) to 60, not 61"),
        ('mouse = "off"\n', "mouse is true or false, not 'off'"),
        ("bell = 1\n", "bell is true or false, not 1"),
        ("theme = \n", "it can't be read"),
    ],
)
def test_a_slip_is_told_with_the_file(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(WeirError) as caught:
        read_personal(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("theme", NAMES)
async def test_the_workbench_stands_in_each_theme(room: Room, theme: str) -> None:
    approval = room.asking("risky")
    async with sit_down(room, (120, 40), theme=theme) as seat:
        await seat.sees(approval)
        await seat.sees("! high risk")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_high_contrast_is_high_on_every_ground_of_it() -> None:
    texts = ("foreground", "accent", "warning", "error", "success")
    colours = [str(getattr(HIGH_CONTRAST, name)) for name in texts]
    colours += HIGH_CONTRAST.variables.values()
    for ground in ("background", "surface", "panel", "boost"):
        dark = luminance(str(getattr(HIGH_CONTRAST, ground)))
        for colour in colours:
            assert (luminance(colour) + 0.05) / (dark + 0.05) >= 7, (ground, colour)
