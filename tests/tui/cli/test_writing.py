"""`weir new` and `weir add`: what is said, asked and written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.cli.here import GATED, read
from tests.tui.cli.person import Person

NOTE = "step: note\ninputs: {text: string}\nset: {kept: '{{ inputs.text }}'}\n"


@pytest.fixture
def written(workspace: Path) -> Path:
    """A workspace with a workflow and a step template."""
    (workspace / "workflows/greet.yaml").write_text(GATED)
    (workspace / "workflows/note.yaml").write_text(NOTE)
    return workspace


def test_a_new_workflow_is_written_and_said(weir, written: Path) -> None:
    said = weir("new", "price", "--from", "contract", "--title", "A price")
    assert said.exit_code == 0
    assert "wrote workflows/agents/counsel.yaml\n" in said.stdout
    assert "wrote workflows/price.yaml\n" in said.stdout
    assert "then `weir run price`" in said.stdout
    assert "title: A price\n" in (written / "workflows/price.yaml").read_text()
    assert weir("check").exit_code == 0
    assert not (written / ".weir").exists()


def test_the_same_as_json(weir, written: Path) -> None:
    made = read(weir("new", "ren", "--from", "renewal", "--json"))
    assert made["workflow"] == "workflows/ren.yaml"
    assert made["made"][-1] == "workflows/ren.yaml"
    assert {p["message"] for p in made["problems"]} == {"there is no database `crm`"}


def test_problems_and_what_is_not_brought_are_told(weir, written: Path) -> None:
    said = weir("new", "ren", "--from", "renewal")
    assert "there is no database `crm`; name it under [databases]" in said.stderr
    assert "`weir init FOLDER --example renewal` has all" in said.stdout
    assert "then `weir check`" in said.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["greet"], "a workflow `greet` already, in workflows/greet.yaml"),
        (["My Flow"], "`my-flow` is one"),
        (["x", "--from", "helo"], "there is no starter `helo`; did you mean `hello`?"),
    ],
)
def test_what_cannot_be_new_is_refused_with_the_reason(
    weir, written: Path, words: list[str], told: str
) -> None:
    said = weir("new", *words)
    assert said.exit_code in (1, 2)
    assert said.stdout == ""
    assert told in said.stderr


def test_a_step_is_previewed_then_written_on_a_yes(weir, written: Path) -> None:
    words = ["add", "greet", "note", "--after", "draft", "--with", "text=hi there"]
    said = weir(*words, "--preview")
    new = ["  - id: note", "    use: note", "    with:", "      text: hi there"]
    assert [x[1:] for x in said.stdout.split("\n") if x[:2] == "+ "] == new
    file = written / "workflows/greet.yaml"
    assert file.read_text() == GATED
    said = weir(*words, "--yes")
    assert said.stdout == "wrote step note into workflows/greet.yaml:8\n"
    before = '{text: "Hello {{ inputs.name }}"}\n'
    added = "".join(f"{line}\n" for line in new)
    assert file.read_text() == GATED.replace(before, before + added)


def test_an_addition_as_json_has_both_texts(weir, written: Path) -> None:
    found = read(weir("add", "greet", "set", "--id", "more", "--yes", "--json"))
    assert (found["before"], found["wrote"], found["id"]) == (GATED, True, "more")
    assert found["after"] == (written / "workflows/greet.yaml").read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["note"], "missing input `text`; --with INPUT=VALUE gives one"),
        (["note", "--with", "text=x"], "at a terminal, or with --yes"),
        (["set", "--after", "draft", "--before", "last"], "not both"),
        (["set", "--after", "review", "--yes"], "the step `set` is never reached"),
        (["nothing"], "no step template, workflow or kind of step `nothing`"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is_written(
    weir, written: Path, words: list[str], told: str
) -> None:
    said = weir("add", "greet", *words)
    assert said.exit_code in (1, 2)
    assert told in said.stderr
    assert (written / "workflows/greet.yaml").read_text() == GATED


@pytest.mark.parametrize(("typed", "wrote"), [("y\r", True), ("\r", False)])
def test_at_a_terminal_the_change_is_shown_and_only_a_yes_is_a_yes(
    weir, written: Path, typed: str, wrote: bool
) -> None:
    person = Person("add", "greet", "set")
    person.read_until(["+  - id: set", "Write this into workflows/greet.yaml?"])
    person.type(typed)
    person.read_to_end()
    assert ("id: set" in (written / "workflows/greet.yaml").read_text()) is wrote


def test_at_a_terminal_the_new_file_is_opened_where_one_goes_on(
    weir, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vim = written / "vim"
    vim.write_text('#!/bin/sh\necho "$@" > opened\n')
    vim.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(vim))
    Person("new", "price").read_to_end()
    opened = (written / "opened").read_text()
    assert opened == f"+call cursor(4,5) {written}/workflows/price.yaml\n"
    (written / "opened").unlink()
    Person("new", "other", "--no-edit").read_to_end()
    assert not (written / "opened").exists()
