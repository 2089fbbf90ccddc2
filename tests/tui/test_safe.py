"""The last gate before the terminal."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from tui.widgets.safe import LINE_FILTERS, plain

BLACK = Color(0, 0, 0)


def through(*segments: Segment) -> list[Segment]:
    given = list(segments)
    for line_filter in LINE_FILTERS:
        given = line_filter.apply(given, BLACK)
    return given


def test_what_a_terminal_obeys_is_taken_out() -> None:
    assert through(Segment("a\x1b]0;x\x07b\x9b\u202ec")) == [Segment("a]0;xbc")]


def test_what_takes_a_column_leaves_one() -> None:
    assert through(Segment("a\ud800b")) == [Segment("a�b")]


def test_a_link_becomes_text() -> None:
    (shown,) = through(Segment("x", Style(link="http://evil.example", bold=True)))
    assert shown.style is not None
    assert shown.style.link is None
    assert shown.style.bold


def test_harmless_lines_pass_as_they_are() -> None:
    line = [Segment("é 日本 👩‍💻", Style(bold=True)), Segment(" ")]
    assert LINE_FILTERS[0].apply(line, BLACK) is line


def test_plain_reads_no_markup_and_hides_nothing() -> None:
    content = plain('[@click="app.x"]\x1b[/b]', "bold")
    assert content.plain == '[@click="app.x"]␛[/b]'
    assert [span.style for span in content.spans] == ["bold"]
