"""Steps that write at once: each line stays whole, and one of them is seen to grow."""

from __future__ import annotations

import pytest

from store.records import LogRecord
from tui.cli.logs import Printer


def piece(path: str, text: str, *, open_: bool = True) -> LogRecord:
    return LogRecord(
        run="r1", path=path, attempt=1, at=0.0, stream="llm", text=text, open=open_
    )


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines without their times."""
    return [line[10:] for line in capsys.readouterr().out.split("\n") if line]


def test_a_line_that_comes_in_parts_is_cut_by_no_part_of_another(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printer = Printer()
    for text in ("Dear ", "Ada", ", good news."):
        printer.print(piece("a", text))
        printer.print(piece("b", text.upper()))
    printer.release()
    assert said(capsys) == [
        "a llm | Dear Ada, good news.",
        "b llm | DEAR ADA, GOOD NEWS.",
    ]


def test_whole_lines_are_told_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer()
    printer.print(piece("a", "one"))
    printer.print(piece("b", "{"))
    printer.print(piece("b", "\n  1,\n  2"))
    printer.print(piece("a", " two", open_=False))
    printer.print(piece("b", "\n}", open_=False))
    assert said(capsys) == [
        "a llm | one",
        "b llm | {",
        "b llm |   1,",
        "a llm |  two",
        "b llm |   2",
        "b llm | }",
    ]


def test_what_a_step_has_begun_is_told_when_it_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printer = Printer()
    printer.print(piece("a", "still"))
    printer.print(piece("b", "done"))
    printer.print(piece("c", "also"))
    printer.release("b")
    assert said(capsys) == ["a llm | still", "b llm | done"]
