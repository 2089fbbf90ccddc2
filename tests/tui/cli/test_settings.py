"""`weir settings`: shown, and set, from a command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.cli.here import read


def test_all_are_shown_with_their_value_and_source(weir, own_config: Path) -> None:
    lines = weir("settings").stdout.splitlines()
    assert lines[0].split()[:3] == ["SETTING", "VALUE", "FROM"]
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert rows["theme"][:3] == ["textual-dark", "as", "usual"]
    assert rows["bell"][:3] == ["on", "as", "usual"]
    assert rows["keymap.runs.stop"][:1] == ["x"]


def test_one_is_set_and_is_so_from_then_on(weir, own_config: Path) -> None:
    said = weir("settings", "theme=dark", "bell=off").stdout
    assert f"kept in {own_config}" in said
    assert own_config.read_text() == 'theme = "dark"\nbell = false\n'
    (theme,) = read(weir("settings", "theme", "--json"))["settings"]
    assert theme == {
        "name": "theme",
        "value": "textual-dark",
        "usual": "textual-dark",
        "given": True,
        "does": "the colours",
    }
    assert weir("settings", "theme=", "bell=").exit_code == 0
    assert own_config.read_text() == ""


def test_keys_are_one_or_a_list(weir, own_config: Path) -> None:
    assert weir("settings", 'keymap.runs.stop=["X", "g x"]').exit_code == 0
    assert weir("settings", "keymap.trends.shorter=<").exit_code == 0
    lines = weir("settings", "keymap.runs.stop", "keymap.trends").stdout.splitlines()
    rows = [line.split("  ")[0] for line in lines[1:]]
    assert rows == [
        "keymap.runs.stop", "keymap.trends.shorter", "keymap.trends.longer",
        "keymap.trends.read",
    ]  # fmt: skip
    assert "X, g x" in lines[1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("theme=nrod",), 1, "there is no theme 'nrod'; did you mean 'nord'"),
        (("thme",), 1, "there is no setting 'thme'; did you mean 'theme'"),
        (
            ("keymap.runs.retry=p",),
            1,
            "runs.pause (p) and runs.retry (p) clash",
        ),
        (("bell=loud",), 1, "bell is true or false, not 'loud'"),
        (("bell=on", "bell=off"), 2, "bell is given twice"),
        (("bell", "off"), 1, "there is no setting 'off'; did you mean bell=off?"),
        (("bell", "thme"), 1, "there is no setting 'thme'; did you mean 'theme'?"),
    ],
)
def test_what_is_not_right_is_told_and_not_kept(
    weir, own_config: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    result = weir("settings", *words)
    assert result.exit_code == code
    assert said in result.stderr
    assert not own_config.exists()


def test_a_step_of_a_run_changes_no_settings(
    weir, own_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIR_RUN_ID", "r1")
    result = weir("settings", "theme=dark")
    assert "can't change a person's settings" in result.stderr
    assert not own_config.exists()
    assert weir("settings", "theme").exit_code == 0
