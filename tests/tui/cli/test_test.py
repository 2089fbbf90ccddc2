"""`weir test`: what it prints, how it ends, and what it leaves for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

FLOW = """workflow: greet
inputs: {name: {type: string, default: Ada}}
steps:
  - {id: fetch, shell: date}
  - {id: said, set: {text: "Hello, {{ inputs.name }}"}}
"""
TESTS = """test: greet
cases:
  - case: it greets
    answers: {fetch: today}
    expect: {outputs: {said: {text: "Hello, Ada"}}}
  - case: it greets Ben
    inputs: {name: Ben}
    answers: {fetch: today}
    expect:
      outputs:
        said: {text: "Hello, Bob"}
"""


@pytest.fixture
def place(workspace: Path) -> Path:
    (workspace / "workflows/greet.yaml").write_text(FLOW)
    (workspace / "workflows/tests").mkdir()
    (workspace / "workflows/tests/greet.yaml").write_text(TESTS)
    return workspace


def test_each_case_is_a_line_and_a_difference_its_place(weir, place: Path) -> None:
    result = weir("test")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[:2] == ["✓ greet: it greets", "✗ greet: it greets Ben"]
    assert lines[2].startswith("  workflows/tests/greet.yaml:11:22: said.text is")
    assert lines[3].startswith("2 cases in ")
    assert lines[3].endswith(" ms, 1 failed")
    assert not (place / ".weir").exists(), "nothing is run, and nothing is kept"


def test_what_is_as_expected_exits_0(weir, place: Path) -> None:
    assert weir("test", "-k", "it greets Ben").exit_code == 1
    file = place / "workflows/tests/greet.yaml"
    file.write_text(TESTS.replace("Bob", "Ben"))
    for words in ((), ("greet",), ("workflows/tests",), (str(file),)):
        result = weir("test", *words)
        assert result.exit_code == 0, words
        assert "2 cases" in result.stdout
        assert "all as expected" in result.stdout


def test_tools_read_json_and_junit(weir, place: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    result = weir("test", "--json", "--junit", str(report))
    found = json.loads(result.stdout)
    assert [bool(case["wrong"]) for case in found["cases"]] == [False, True]
    suite = ElementTree.parse(report).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    (failure,) = suite.iter("failure")
    assert "Hello, Ben" in str(failure.text)


BROKEN = {
    "an unknown key": (
        TESTS.replace("answers:", "anwsers:", 1),
        "workflows/tests/greet.yaml:4:5: unknown key `anwsers` in a case; did you mean"
        " `answers`?",
    ),
    "a step that is not there": (
        TESTS.replace("{fetch: today}", "{fech: today}", 1),
        "workflows/tests/greet.yaml:4:15: there is no step `fech`; did you mean"
        " `fetch`?",
    ),
    "another workflow": (
        TESTS.replace("test: greet", "test: great"),
        "workflows/tests/greet.yaml:1:7: there is no workflow `great` without"
        " problems; did you mean `greet`?",
    ),
    "no moment": (
        TESTS.replace("answers:", "at: soon\n    answers:", 1),
        "workflows/tests/greet.yaml:4:9: `at` is no date or time; write it as"
        " 2026-03-01T09:00",
    ),
}


def test_of_a_broken_workflow_it_is_said_how_to_find_what_is_wrong(
    weir, place: Path
) -> None:
    path = place / "workflows/greet.yaml"
    path.write_text(path.read_text().replace("steps:", "stepz:", 1))
    result = weir("test")
    assert result.exit_code == 2
    assert "workflow `greet` has problems; `weir check workflows/greet.yaml`" in (
        result.stdout
    )


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_test_is_told_and_nothing_is_tried(
    weir, place: Path, name: str
) -> None:
    text, line = BROKEN[name]
    (place / "workflows/tests/greet.yaml").write_text(text)
    result = weir("test")
    assert result.exit_code == 2
    assert line in result.stdout.splitlines()
    assert "✓" not in result.stdout
    checked = weir("check")
    assert checked.exit_code == 1
    assert line in checked.stdout.splitlines()


def test_without_tests_it_says_how_one_begins(weir, workspace: Path) -> None:
    result = weir("test")
    assert result.exit_code == 2
    assert "there is no test in workflows/tests; a test file begins" in result.stderr


def test_a_word_that_is_no_test_is_told(weir, place: Path) -> None:
    result = weir("test", "graet")
    assert result.exit_code == 2
    assert "no test is for `graet`; there is greet" in result.stderr


def test_a_workflow_that_there_is_none_of_is_not_rehearsed(weir, place: Path) -> None:
    refused = weir("rehearse", "graet")
    assert refused.exit_code == 2
    assert "no workflow 'graet'; did you mean greet?" in refused.stderr
    assert "no run of `greet` has ended" in weir("rehearse", "greet").stderr


def test_what_only_chooses_is_not_rehearsed_but_what_it_chooses_from(
    weir, place: Path
) -> None:
    (place / "workflows/both.yaml").write_text(
        "workflow: both\ninputs: {name: {type: string, default: Ada}}\n"
        "variants: {use: {greet: 1}, by: inputs.name}\n"
    )
    refused = weir("rehearse", "both")
    assert refused.exit_code == 2
    assert "no run goes by `both`, which chooses; rehearse greet" in refused.stderr
