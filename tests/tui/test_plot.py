"""Plots, as they are drawn in the dots of braille."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.content import Content

from tui.widgets.plot import Layer, Picture, drawn


def lines(
    *layers: Layer, columns: int = 11, rows: int = 4, top: float = 4.0
) -> list[str]:
    found = picture(*layers, top=top)
    return [line.rstrip() for line in drawn(found, columns, rows).plain.split("\n")]


def picture(*layers: Layer, top: float = 4.0) -> Picture:
    return Picture(Content("Runs"), layers, top, "four", "01", "02", "None.")


def bars(*values: float | None) -> Layer:
    return Layer(values, "red", bars=True)


def test_a_plot_has_its_title_its_largest_value_and_its_times() -> None:
    found = lines(bars(4.0, None), columns=20)
    assert found == [
        "Runs",
        "  four ⣿⣿⣿⣿⣿⣿",
        "     0 ⣿⣿⣿⣿⣿⣿",
        "       01         02",
    ]


@pytest.mark.parametrize(
    ("values", "top", "rows"),
    [
        ([4.0, 2.0, 1.0, 0.0], 4.0, ["⣿⣀", "⣿⣿⣶⣀"]),
        ([None, 4.0, None, None], 4.0, [" ⣿", " ⣿"]),
        ([0.0, 0.0, 0.0, 0.0], 0.0, ["", "⣀⣀⣀⣀"]),
    ],
)
def test_a_bar_is_as_high_as_its_value_and_none_is_no_bar(
    values: Sequence[float | None], top: float, rows: list[str]
) -> None:
    found = lines(bars(*values), top=top)
    assert [line[7:] for line in found[1:3]] == rows


def test_more_values_than_dots_are_drawn_all_the_same() -> None:
    assert lines(bars(*[4.0] * 50), columns=9)[1] == "  four ⣿⣿"


def test_a_line_has_a_gap_where_there_is_no_value() -> None:
    found = lines(Layer((4.0, 4.0, None, 4.0), "blue"))
    assert found[1:3] == ["  four ⠈⠉ ⠈", "     0"]


def test_a_later_layer_stands_before_an_earlier_with_the_dots_of_both() -> None:
    found = drawn(picture(bars(4.0), Layer((1.0,), "blue", bars=True)), 8, 4)
    assert found.plain.split("\n")[1:3] == ["  four ⣿", "     0 ⣿"]
    styles = [str(span.style) for span in found.spans]
    assert styles.index("red") < styles.index("blue")


def test_where_there_is_no_value_it_says_so() -> None:
    assert lines(bars(None, None)) == ["Runs", "None."]
