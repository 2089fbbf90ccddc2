"""Terminals that show less: no colours, no Unicode."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tui.text import STATUS
from tui.widgets.lesser import WithoutColours, WithoutUnicode, filters_for, in_ascii

BLACK = Color.parse("black")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({}, []),
        ({"LANG": "en_US.UTF-8"}, []),
        ({"LANG": "C"}, [WithoutUnicode]),
        ({"LANG": "de_DE.ISO-8859-1"}, [WithoutUnicode]),
        ({"LANG": "C", "LC_ALL": "C.utf8"}, []),
        ({"LANG": "C", "LC_CTYPE": "de_DE.UTF-8"}, []),
        ({"LANG": "C.UTF-8", "LC_CTYPE": "POSIX"}, [WithoutUnicode]),
        ({"LC_ALL": "", "LANG": "C.UTF-8", "NO_COLOR": "1"}, [WithoutColours]),
        ({"NO_COLOR": ""}, []),
    ],
)
def test_the_environment_says_what_a_terminal_shows(
    said: dict[str, str], wanted: list[type]
) -> None:
    assert [type(each) for each in filters_for(said)] == wanted


def test_python_s_own_locale_hides_none_that_a_person_has_set() -> None:
    set_by_hand = {"PATH": os.environ["PATH"], "LANG": "C"}
    told = "import json, os; print(json.dumps(dict(os.environ)))"
    run = [sys.executable, "-c", told]
    seen = json.loads(subprocess.check_output(run, env=set_by_hand))
    assert [type(each) for each in filters_for(seen)] == [WithoutUnicode]
    del set_by_hand["LANG"]
    seen = json.loads(subprocess.check_output(run, env=set_by_hand))
    assert not [*filters_for(seen)]


@pytest.mark.parametrize("text", ["╭─ 1 Runs ▸┓", "日本語 is ✅", "a … b", "▔━┃"])
def test_what_is_spelt_in_ascii_takes_as_many_columns(text: str) -> None:
    assert in_ascii(text).isascii()
    assert len(in_ascii(text)) == cell_len(text)


def test_a_status_marked_in_ascii_looks_as_it_does_behind_the_filter() -> None:
    for mark in STATUS.values():
        assert in_ascii(mark.text()) == mark.text(ascii_only=True)


def test_a_plot_stays_one_and_what_is_ticked_stands_out() -> None:
    assert in_ascii("⠀⡀⡄⡆⡇⣇⣧⣷⣿") == " ..::++##"
    assert in_ascii("☐ post it  ☑ pack it") == "_ post it  x pack it"


def test_without_colours_what_is_bold_or_reversed_stays_so() -> None:
    style = Style(color="red", bgcolor="blue", bold=True, reverse=True)
    (shown,) = WithoutColours().apply([Segment("x", style)], BLACK)
    assert shown.style == Style(bold=True, reverse=True)
