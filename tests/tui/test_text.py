"""How text, statuses and times look on a screen."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.machine.state import ApprovalStatus, RunStatus, StepStatus
from engine.spans import age, left
from tests.tui.hostile import PAYLOADS
from tui.text import STATUS, mark_of, one_line, placed, show, spelt, took, width
from tui.unusual import show_gaps, unusual
from tui.widgets.safe import OBEYED
from tui.widgets.wrapping import at_most, wrap

TEXT = st.text(max_size=300)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("é 日本 👍🏽 👩‍💻 ❤️ 1️⃣", "é 日本 👍🏽 👩‍💻 ❤️ 1️⃣"),
        ("\x1b[2J", "␛[2J"),
        ("a\x00b\x7f", "a␀b␡"),
        ("\x9b2J", "<U+009B>2J"),
        ("\u202egnp", "<U+202E>gnp"),
        ("a\u200bb", "a<U+200B>b"),
        ("pass\u200dword", "pass<U+200D>word"),
        ("a\ufe0fb", "a<U+FE0F>b"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ud800", "<U+D800>"),
        ("\u180b\ufe00\u200c", "<U+180B><U+FE00><U+200C>"),
        ("\U000e0041", "<U+E0041>"),
        ("a\tb", "a       b"),
        ("one\ntwo", "one␊two"),
        ("bar\r", "bar␍"),
    ],
)
def test_what_can_not_be_seen_is_spelt(text: str, shown: str) -> None:
    assert show(text) == shown


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"plain\n", r"plain\n"),
        (b"\x1b[31mred\x1b[0m\r\n", r"\x1b[31mred\x1b[0m\r\n"),
        (b"\xff\xc3 caf\xc3\xa9", r"\xff\xc3 café"),
        ("\u202egnp \x9b2J".encode(), r"\xe2\x80\xaegnp \xc2\x9b2J"),
        (b"a\tb\\x1b\0", r"a\tb\\x1b\x00"),
        (b"\xed\xa0\x80", r"\xed\xa0\x80"),
    ],
)
def test_bytes_are_told_one_by_one_where_a_text_would_hide_them(
    raw: bytes, told: str
) -> None:
    assert spelt(raw) == told


@given(st.binary())
def test_nothing_a_terminal_obeys_is_left_in_bytes_and_none_of_them_is_lost(
    raw: bytes,
) -> None:
    told = spelt(raw)
    assert OBEYED.search(told) is None
    # As Python reads it: what is not escaped are letters, in UTF-8.
    read = re.sub(r"\\(x..|.)", _read, told)
    assert read.encode(errors="surrogateescape") == raw


def _read(escaped: re.Match[str]) -> str:
    named = {"n": b"\n", "r": b"\r", "t": b"\t", "\\": b"\\"}
    data = named.get(escaped[1]) or bytes.fromhex(escaped[1][1:])
    return data.decode(errors="surrogateescape")


def test_a_newline_stays_one_where_there_is_room_for_lines() -> None:
    assert show("a\x1b\nb", multiline=True) == "a␛\nb"


@given(TEXT)
def test_nothing_a_terminal_obeys_is_left_in_what_is_shown(text: str) -> None:
    assert OBEYED.search(show(text)) is None


@given(TEXT)
def test_showing_twice_is_showing_once(text: str) -> None:
    assert show(show(text)) == show(text)


@given(TEXT, st.integers(0, 40))
def test_a_line_is_never_wider_than_it_may_be(text: str, columns: int) -> None:
    assert width(one_line(text, columns)) <= columns


def test_a_cut_line_says_so() -> None:
    assert one_line("日本語です", 6) == "日本 …"


@given(TEXT, st.integers(1, 40), st.booleans())
def test_wrapping_loses_nothing_and_fits(text: str, columns: int, words: bool) -> None:
    shown = show(text)
    rows = [shown[a:b] for a, b in wrap(shown, columns, words=words)]
    assert "".join(rows) == shown
    seen = [row.removesuffix(" ") if words else row for row in rows]
    assert all(width(row) <= max(2, columns) for row in seen)


def test_no_row_begins_with_the_space_of_the_break() -> None:
    text = "one two three"
    rows = [text[a:b] for a, b in wrap(text, 7, words=True)]
    assert rows == ["one two ", "three"]


@given(TEXT)
def test_the_bound_of_a_text_is_not_below_its_width(text: str) -> None:
    assert at_most(show(text)) >= width(show(text))


@pytest.mark.parametrize(
    ("seconds", "long"),
    [(-3, "0s"), (12.9, "12s"), (240, "4m"), (3600, "1h"), (86400 * 2, "2d")],
)
def test_an_age_is_told_in_its_largest_unit(seconds: float, long: str) -> None:
    assert age(seconds) == long


@pytest.mark.parametrize(
    ("seconds", "long"),
    [(0.42, "0.4s"), (44.7, "44s"), (131, "2m11s"), (3720, "1h02m")],
)
def test_a_duration_is_short_to_read(seconds: float, long: str) -> None:
    assert took(seconds) == long


@pytest.mark.parametrize("status", [*RunStatus, *StepStatus, *ApprovalStatus])
def test_every_status_has_a_mark_of_its_own_words(status: str) -> None:
    mark = STATUS[status]
    assert mark.text() == f"{mark.glyph} {mark.word}"
    assert mark.text(ascii_only=True).isascii()
    assert width(mark.glyph) == 1


def test_a_status_we_do_not_know_is_shown_as_it_is() -> None:
    assert mark_of("melted\x1b").text() == "· melted␛"


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_hostile_text_is_remarked_on(name: str) -> None:
    assert unusual(PAYLOADS[name])


@pytest.mark.parametrize(
    "text",
    [
        "Refund 40 € to ACME?",
        "Счёт за май",
        "日本語のメール",
        "    indented\n\ttoo",
        "naïve",
    ],
)
def test_ordinary_text_is_not_remarked_on(text: str) -> None:
    assert unusual(text) == []


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (
            "curl gооgle.com",
            "contains 2 characters from another script: о (CYRILLIC SMALL LETTER O)",
        ),
        ("ok" + " " * 300 + "; rm", "has a gap of 300 spaces before more text"),
        ("ok" + "\n" * 40 + "; rm", "has 39 empty lines before more text"),
        ("x" * 3000, "has a line of 3,000 characters"),
        (
            "a\x1bb\x1b",
            "contains 2 characters that can't be seen: ␛",
        ),
        (
            "ｐay",
            "contains 1 character in disguise: ｐ (FULLWIDTH LATIN SMALL LETTER P)",
        ),
        ("a\xa0b", "contains 1 space of another kind: \xa0 (NO-BREAK SPACE)"),
    ],
)
def test_what_deceives_the_eye_is_named(text: str, remark: str) -> None:
    assert unusual(text) == [remark]


def test_a_gap_before_more_text_is_counted_and_an_indentation_left() -> None:
    assert show_gaps("    a" + " " * 300 + "; rm") == "    a·×300; rm"


def test_the_command_line_can_show_text_without_textual() -> None:
    code = "import tui.text, tui.unusual, sys; print('textual' in sys.modules)"
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"


@pytest.mark.parametrize(
    ("seconds", "words"), [(172_790, "2d"), (890, "15m"), (47 * 3600, "1d"), (0, "0s")]
)
def test_a_deadline_of_two_days_is_two_days_away_a_moment_later(
    seconds: float, words: str
) -> None:
    assert left(seconds) == words


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("draft#2", "draft#2"),
        ("market[us]/price", " us: price"),
        ("review[legal]/read[2]/note#3", "  2: note#3"),
        ("answer[turns]/answer.ask#2", " ask#2"),
        ("answer[turns]/answer.calls#2[1]/answer.allow-pay", "  1: allow-pay"),
    ],
)
def test_a_step_is_set_in_by_the_arms_around_it(path: str, row: str) -> None:
    assert placed(path) == row
