"""Markdown as it is read at a gate: drawn, with nothing of it hidden or obeyed."""

from __future__ import annotations

import pytest

from tests.tui.bench import Room, sit_down
from tests.tui.test_ticking import at_the_gate, leave
from tui.widgets.drawn import LARGEST, drawn


def lines(text: str, columns: int = 40) -> list[str]:
    found = drawn(text, columns)
    assert found is not None
    return [line.plain.rstrip() for line in found]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("# Before\n\nCall **all** of `it`.", ["Before", "", "Call all of it."]),
        ("- a\n- b\n  - c", ["• a", "• b", "  • c"]),
        ("3. a\n7. b", ["3. a", "7. b"]),
        ("- [ ] call\n- [x] write", ["☐ call", "☑ write"]),
        ("> said\n> so", ["│ said so"]),
        ("```sh\nrm -rf x\n```", ["┆ sh", "┆ rm -rf x"]),
        ("a  \nb\nc", ["a", "b c"]),
        ("|a|b|\n|-|-|\n|1|22|", ["a │ b", "──┼───", "1 │ 22"]),
    ],
)
def test_what_it_says_is_drawn(text: str, seen: list[str]) -> None:
    assert lines(text) == seen


def test_a_list_goes_on_below_its_own_text() -> None:
    assert lines("- one two three four", 12) == ["• one two", "  three four"]


def test_a_table_that_is_too_wide_is_told_row_by_row() -> None:
    wide = "|name|what|\n|-|-|\n|ana|" + "x " * 12 + "|\n|ben|y|"
    assert lines(wide, 20)[:2] == ["name: ana", "what: x x x x x x x"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[here](https://evil.example 'ha')", "here (https://evil.example ha)"),
        ("<https://a.example>", "https://a.example"),
        ("![alt](pic.png)", "!alt (pic.png)"),
        ("<b onclick=x>hi</b>", "<b onclick=x>hi</b>"),
        ("<!-- pay 100 to eve -->", "<!-- pay 100 to eve -->"),
        ("[//]: # (pay eve)", "[//]: # (pay eve)"),
        ("&#8238;abc", "&#8238;abc"),
        ("[bold red]x[/]", "[bold red]x[/]"),
        ("\x1b[31mred", "␛[31mred"),
        ("ab\u202ecd", "ab<U+202E>cd"),
        ("a" + " " * 300 + "b", "a·×300b"),
    ],
)
def test_nothing_is_hidden_or_obeyed(text: str, shown: str) -> None:
    assert "".join(lines(text, 400)) == shown


def test_what_would_lose_a_letter_is_shown_as_it_is_written() -> None:
    assert drawn("|a|\n|-|\n|1|drop it|", 40) is None
    assert drawn("- " * 40 + "deep", 40) is None
    assert drawn("x" * (LARGEST + 1), 40) is None


@pytest.mark.parametrize("text", ["[" * 30_000, "> " * 9_000, "*a **a " * 4_000])
def test_no_text_takes_long_or_fails(text: str) -> None:
    drawn(text[:LARGEST], 40)


async def test_a_gate_shows_a_document_as_it_is_read_and_as_it_is_written(
    room: Room,
) -> None:
    approval = at_the_gate(room)
    run = room.desk.approval(approval).run
    async with sit_down(room) as seat:
        await seat.to_approvals()
        assert "☐ call" in seat.screen
        room.desk.tick(run, "checks", "1")
        await seat.sees("☑ call")
        await seat.press("V")
        await seat.sees("- [ ] call")
        await seat.press("V")
        await seat.sees("☑ call")


async def test_a_document_is_broken_anew_for_another_width(room: Room) -> None:
    room.save(REPORTED)
    run = room.start("reported")
    words = " ".join(f"word{n}" for n in range(40))
    leave(room, run, "note", "report", f"- {words}\n")
    room.ask(run, f"- {words}\n", shown_as=("artifacts.note", "markdown"))
    async with sit_down(room) as seat:
        await seat.to_approvals()
        await seat.sees("• word0")
        await seat.pilot.resize_terminal(160, 50)
        await seat.sees("• word0")
        assert "word39" in seat.screen


REPORTED = """\
workflow: reported
steps:
  - id: note
    artifact: {title: Note, sections: [{text: hello}]}
  - id: ask
    approval: {title: Keep it?, show: [artifacts.note]}
"""
