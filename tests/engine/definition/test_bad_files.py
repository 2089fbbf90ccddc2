"""What is told of files that can't be used: each row is a file and its problems.

In the rows `\\t` and `\\x07` stand for the characters, which no editor would show.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definition.check import Known, check
from engine.definition.model import Definition, Problem
from engine.definition.parse import parse

HERE = Path(__file__).parent

LIBRARY_FILES = {
    "step/snapshot": """\
step: snapshot
inputs: {period: {default: 30 days}, days: integer}
requires: [customer.arr]
shell: echo {{ inputs.period }} {{ customer.name }}
""",
    "artifact/report": """\
artifact: report
title: Report
sections: [{text: 'Risk {{ outputs.risk.score }}'}]
""",
    "agent/analyst": "agent: analyst\nsystem: You read numbers.\n",
    "workflow/send": """\
workflow: send
inputs: {to: string}
steps: [{id: a, wait: 1s}]
""",
    "source/crm": "source: crm\ninputs: {id: string}\nsql: select 1\n",
}
KNOWN = Known(
    roles=frozenset({"csm"}),
    databases=frozenset({"crm"}),
    env=frozenset({"HOME", "TOKEN"}),
    providers=frozenset({"openai", "mock"}),
    targets=frozenset({"ops"}),
)

Row = tuple[str, list[str]]


def rows(name: str) -> dict[str, Row]:
    """Each row of a table: a name, the text of a file, and the lines told of it."""
    found: dict[str, Row] = {}
    for row in (HERE / name).read_text(encoding="utf-8").split("### ")[1:]:
        head, _, expected = row.partition("\n>>>\n")
        title, _, text = head.partition("\n")
        text = text.replace("\\t", "\t").replace("\\x07", "\x07")
        found[title] = (text, expected.split("\n\n")[0].strip().splitlines())
    return found


def lines(problems: list[Problem]) -> list[str]:
    return [str(p).removeprefix("f:") for p in problems]


def library() -> dict[str, Definition]:
    found = {}
    for key, text in LIBRARY_FILES.items():
        parsed = parse(text, key)
        assert parsed.definition is not None, parsed.problems
        found[key] = parsed.definition
    return found


BAD = rows("bad_files.txt")
UNSOUND = rows("unsound_files.txt")


@pytest.mark.parametrize("name", BAD)
def test_a_file_of_the_wrong_shape_says_where_and_what_would_be_right(
    name: str,
) -> None:
    text, expected = BAD[name]
    parsed = parse(text, "f")
    assert lines(parsed.problems) == expected
    assert parsed.definition is None


@pytest.mark.parametrize("name", UNSOUND)
def test_a_file_that_can_not_run_says_so_beforehand(name: str) -> None:
    text, expected = UNSOUND[name]
    parsed = parse(text, "f")
    told = [*parsed.problems, *check(parsed, library(), KNOWN)]
    assert lines(sorted(told, key=lambda p: (p.line, p.column))) == expected


def test_the_library_of_these_rows_is_sound() -> None:
    for key, text in LIBRARY_FILES.items():
        assert check(parse(text, key), library(), KNOWN) == []


HOSTILE = {
    "a pattern that searches for ever": (
        "workflow: w\ninputs: {x: {pattern: '^(a+)+$', default: "
        + "a" * 60
        + "b, enum: ["
        + "a" * 60
        + "b]}}\nsteps: [{id: a, wait: 1s}]\n"
    ),
    "thousands of unknown keys": "workflow: w\n"
    + "".join(f"k{n}: 1\n" for n in range(40_000)),
    "thousands of unknown names": "workflow: w\nsteps:\n"
    + "".join(f"  - {{id: s{n}, fail: '{{{{ x{n} }}}}'}}\n" for n in range(4_000)),
    "thousands of routes": "workflow: w\nsteps:\n  - id: a\n    shell: ls\n    route:\n"
    + "      - {to: a, when: inputs.x}\n" * 9_000,
    "a text of many quotes": "source: s\ndatabase: d\nsql: |\n  " + "'\"" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_soon_looked_at(name: str) -> None:
    parsed = parse(HOSTILE[name], "f")
    told = check(parsed, library(), KNOWN)
    assert len(parsed.problems) <= 100
    assert len(told) <= 100


NO_TEXT = {
    "latin-1": (b"workflow: w\xe9\n", "f:1:12: the byte 0xE9 is not UTF-8"),
    "utf-16": (b"\xff\xfew\x00o\x00", "f: the file is UTF-16; save it as UTF-8"),
    "binary": (b"\x7fELF\x02\x01\x00\x00", "f: the file is not a text"),
    "huge": (b"x" * 10_000_000, "f: the file has 10.0 MB"),
    "deep": ("[" * 5000, "f:1:42: values are nested deeper than 40 levels"),
    "many": ("- a\n" * 60_000, "f:50000:3: a file has at most 50,000 values"),
    "surrogate": ("workflow: \ud800\n", "f:1:11: the control character U+D800"),
    "aliases": ("a: &a [x]\n" + "b: [*a, *a]\n" * 200, "f:1:4: `&a` is an anchor"),
}


@pytest.mark.parametrize("name", NO_TEXT)
def test_what_is_no_text_of_ours_is_told_and_not_read(name: str) -> None:
    source, expected = NO_TEXT[name]
    parsed = parse(source, "f")
    assert parsed.definition is None
    first = str(parsed.problems[0])
    assert first.startswith(expected)
    assert len(parsed.problems) <= 101
