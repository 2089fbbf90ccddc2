"""What is printed: nothing a terminal obeys, and JSON that reads back the same."""

from __future__ import annotations

import json

import msgspec
import pytest

from engine.machine.events import StepInterrupted
from store.records import RunRecord
from tui.cli import out
from tui.words.telling import telling

HOSTILE = "a\x1b]52;c;cm0gLXJmIH4=\x07b\u202ec\x9bd\U000e0041e\u2028f\x7f"


def run(**changes: object) -> RunRecord:
    given: dict[str, object] = {
        "id": "r1", "workflow": "hello", "version": "0" * 64, "status": "running",
        "seq": 3, "started_at": 1.0, "updated_at": 2.0, "by": "ana",
    }  # fmt: skip
    return RunRecord(**{**given, **changes})  # type: ignore[arg-type]


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_a_block_shows_its_lines_and_makes_controls_visible(capsys) -> None:
    out.block(f"one\n{HOSTILE}", "  ")
    first, second = printed(capsys).splitlines()
    assert first == "  one"
    assert second.startswith("  a␛]52;c;cm0gLXJmIH4=␇b<U+202E>c")
    assert second.isprintable()


def test_json_carries_hostile_text_and_no_character_of_it(capsys) -> None:
    out.document({"text": HOSTILE})
    text = printed(capsys)
    assert text.replace("\n", "").isprintable()
    assert json.loads(text) == {"text": HOSTILE}


def test_a_record_prints_the_json_it_carries_as_json(capsys) -> None:
    out.item(run(inputs=b'{"name":"ana"}'))
    text = printed(capsys)
    assert text.count("\n") == 1
    assert json.loads(text)["inputs"] == {"name": "ana"}


def test_every_field_of_a_record_is_printed(capsys) -> None:
    out.document([run()])
    assert json.loads(printed(capsys))[0].keys() == set(RunRecord.__struct_fields__)


def test_a_table_lines_up_wide_characters_and_cuts_nothing_in_a_pipe(capsys) -> None:
    out.table(("A", "B"), [["漢字", "x" * 500], ["abcdef", "y"]])
    head, wide, narrow = printed(capsys).splitlines()
    assert head == "A       B"
    assert wide == "漢字    " + "x" * 500
    assert narrow == "abcdef  y"


def test_a_table_is_cut_at_the_edge_of_a_terminal(capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("NO_COLOR", "1")
    out.table(("A", "B"), [["a", "x" * 500]])
    assert printed(capsys).splitlines()[1] == "a  " + "x" * 16 + "…"


def test_a_table_gives_room_where_it_is_needed_least(capsys, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    rows = [["r" * 26, "w" * 30, "b" * 8, "t" * 60]]
    for columns, kept in (
        ("80", ["r" * 26, "w" * 27 + "…", "b" * 8, "t" * 11 + "…"]),
        ("60", ["r" * 26, "w" * 21 + "…", "b" * 8]),
        ("20", ["r" * 26]),
    ):
        monkeypatch.setenv("COLUMNS", columns)
        out.table(("ID", "W", "BY", "TITLE"), rows, yields=("TITLE", "BY", "W"))
        _, seen = printed(capsys).splitlines()
        assert seen.split() == kept


@pytest.mark.parametrize(
    ("words", "told"), [(["runs"], "name=someon"), (["inbox"], "Greet")]
)
def test_a_list_fits_a_terminal_of_80_columns_with_its_ids_whole(
    weir, here, monkeypatch, words, told
) -> None:
    gate = here.gate(name="someone with a rather long name")
    monkeypatch.setattr(out, "on_a_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    seen = weir(*words).stdout
    assert {"runs": here.run_of(gate), "inbox": f"weir approve {gate}"}[
        words[0]
    ] in seen
    assert told in seen
    assert max(map(len, seen.splitlines())) <= 80


def test_the_headers_of_a_narrow_terminal_show_no_styling_as_text(
    capsys, monkeypatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out.table(("A", "B"), [["a" * 15, "b"]])
    assert "␛" not in printed(capsys)


@pytest.mark.parametrize("word", ["succeeded", "waiting", "no such status"])
def test_a_status_is_told_by_its_word_and_a_glyph(word: str) -> None:
    glyph, _, said = out.status(word).partition(" ")
    assert (len(glyph), said) == (1, word)


def test_colour_is_for_a_terminal_that_wants_it(monkeypatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert out.paint("x", "red") == "\x1b[31mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert out.paint("x", "red") == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert out.paint("x", "red") == "x"


def test_a_struct_is_printed_with_its_defaults() -> None:
    class Small(msgspec.Struct, omit_defaults=True):
        a: int = 0

    assert out.fields(Small()) == {"a": 0}


def test_what_is_asked_of_an_undoing_is_said_once() -> None:
    lost = StepInterrupted("pay", 1, "its runner is gone")
    asked = StepInterrupted("pay~undo", 0, "pay may or may not have happened")
    assert [telling(event)[1] for event in (lost, asked)] == [
        "its runner is gone; it may or may not have happened",
        "pay may or may not have happened",
    ]
