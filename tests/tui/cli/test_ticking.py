"""A checklist is ticked from the command line, and a gate waits for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.awake import runner_lock
from tests.tui.cli.here import Here

LISTED = """\
workflow: greet
inputs:
  name: {type: string, default: world}
steps:
  - id: checks
    artifact:
      form: checklist
      title: Before {{ inputs.name }}
      sections: [{items: ["call them", "write to them", "look"]}]
  - id: review
    approval: {title: Go on?, complete: [artifacts.checks]}
  - id: last
    set: {x: 1}
"""


@pytest.fixture
def talk(workspace: Path) -> Iterator[Here]:
    here = Here(workspace, {"greet.yaml": LISTED})
    with runner_lock(here.engine.workspace):
        yield here
    here.database.close()


def test_an_item_is_ticked_by_its_number_or_its_words(weir, talk) -> None:
    run = talk.start()
    done = weir("tick", run, "checks", "2")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("[x] 2 write to them (")
    assert done.stdout.endswith(")\nchecks: 1 of 3 ticked\n")
    assert weir("tick", run, "checks", "LOOK").exit_code == 0
    shown = weir("artifact", run, "checks").stdout
    assert shown == (
        "# Before world\n\n- [ ] call them\n- [x] write to them\n- [x] look\n"
    )
    text = weir("artifact", run, "checks", "--format", "text").stdout
    assert "☐ call them\n- ☑ write to them" in text
    assert weir("tick", run, "checks", "3", "--undo").exit_code == 0
    lines = weir("show", run).stdout.splitlines()
    assert "  1 of 3 ticked" in lines
    assert "  [ ] 3 look" in lines


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("checks", "4"), "checks has items 1 to 3; there is no 4"),
        (("checks", "them"), "'them' fits more than one item: 1, 2; say its number"),
        (("checks", "buy"), "no item says 'buy'"),
        (("checks", ""), "no item says ''"),
        (("cheks", "1"), "no artifact 'cheks'; the run has left checks"),
        (("checks", "1", "--undo"), "item 1 of checks is not ticked"),
    ],
)
def test_what_is_not_there_is_not_ticked(weir, talk, words, said) -> None:
    run = talk.start()
    result = weir("tick", run, *words)
    assert result.exit_code != 0
    assert said in result.stderr
    assert "0 of 3 ticked" in weir("show", run).stdout


def test_approving_is_refused_until_all_is_ticked(weir, talk) -> None:
    gate = talk.gate()
    run = talk.run_of(gate)
    result = weir("approve", gate, "--yes")
    assert "3 of 3 items of checks are open: 1 call them, 2 write to them, 3 look" in (
        result.stderr
    )
    assert "checks: 0 of 3 ticked; an approval needs all\n  [ ] 1 call them\n" in (
        result.stdout
    )
    assert talk.status(gate) == "pending"
    for item in "123":
        assert weir("tick", run, "checks", item).exit_code == 0
    assert weir("approve", gate, "--yes").exit_code == 0
    assert talk.status(gate) == "approved"


def test_ticks_are_among_what_people_did(weir, talk) -> None:
    run = talk.start()
    weir("tick", run, "checks", "1")
    assert "ticks 1 call them" in weir("audit").stdout


def test_what_a_document_was_rendered_from_is_printed(weir, talk) -> None:
    run = talk.start()
    result = weir("artifact", run, "checks", "--data")
    assert json.loads(result.stdout) == {"inputs.name": "world"}
    told = json.loads(weir("artifact", run, "checks", "--data", "--json").stdout)
    assert told["data"] == {"inputs.name": "world"}
    assert len(told["sha256"]) == 64
    assert (
        weir("artifact", run, "checks", "--data", "--out", "from.json").exit_code == 0
    )
    assert (
        weir("artifact", run, "checks", "--data", "--out", "from.json").exit_code != 0
    )
    assert weir("artifact", run, "checks", "--data", "--open").exit_code == 2
