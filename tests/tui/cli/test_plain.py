"""The workbench in lines, for who does not see a screen."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from engine.desk import Desk
from engine.inbox import InboxItem
from engine.machine.missing import Missing
from store.errors import DatabaseBusy
from tests.tui.cli.person import MAIN, Person
from tests.tui.pty_run import LONGEST
from tui.cli.commands import COMMANDS
from tui.cli.plain import Teller, converse, of_item


def test_what_waits_is_told_and_answered_by_a_typed_command(here) -> None:
    gate = here.gate()
    person = Person("--plain")
    person.read_until(["Runs: 1 waiting.", "Greet world?", f"approve {gate}", "quit"])
    person.type(f"approve {gate} --input copies=2\r")
    person.read_until(["Hello world", "Type approve to decide so"])
    person.type("approve\r")
    person.read_until([f"{gate} waits no more."])
    person.type("quit\r")
    _, code = person.read_to_end()
    assert code == 0
    assert here.status(gate) == "approved"
    assert here.decision(gate)["by"]["terminal"].startswith("/dev/")


def test_what_it_says_to_type_can_be_typed_there(here) -> None:
    gate = here.gate()
    run = here.run_of(gate)
    done = piped(f"show {run}\nwhy {run}\n")
    assert f"\n  approve {gate}\n" in done
    assert "weir -C" not in done
    assert f"  approve {gate}" in piped("inbox\n")
    assert f"\n  approve {gate}\n" in piped(f"weir show {run}\n")


def test_a_run_that_lacks_a_value_is_told_once_and_in_a_sentence() -> None:
    item = InboxItem(
        kind="missing",
        id="r1/use",
        run="r1",
        path="use",
        workflow="lacks",
        title="missing: a.b (any), for use",
        since=0.0,
        hint="weir fill r1 a.b=…",
        values=(Missing("a.b", "any", ("use",)),),
    )
    said = of_item(item)
    assert said.startswith("Waits for you, missing: a.b (any), for use. Workflow lacks")
    assert said.endswith("Answer with: fill r1")


@pytest.mark.parametrize("word", ["help", "?"])
def test_help_lists_what_can_be_typed(here, word: str) -> None:
    told = piped(f"{word}\n").splitlines()
    assert "  approve: Read a gate's request and decide." in told
    assert not [line for line in told if line.startswith("  serve:")]
    for line in told:
        if line.startswith("  "):
            assert line.strip().split(":")[0] in COMMANDS
    assert "Usage: weir approve" in piped("help approve\n")


def test_what_changes_elsewhere_is_told_as_it_comes(here) -> None:
    person = Person("--plain")
    person.read_until(["Runs: none yet.", "Nothing waits for you."])
    run = here.start()
    person.read_until([f"Run {run} of greet is waiting.", "Waits for you, approval:"])
    person.type("quit\r")
    assert person.read_to_end()[1] == 0


def test_a_run_is_told_when_its_status_has_changed(here, weir) -> None:
    gate = here.gate()
    run = here.run_of(gate)
    teller = Teller(Desk.open(here.root, via="cli"))
    assert "Runs: 1 waiting." in "".join(teller.begin())
    assert weir("approve", gate, "--yes", "--choice", "rework").exit_code == 0
    here.work(run)
    assert [line.split(",")[0] for line in teller.news()] == [
        "Waits for you",
        f"{gate} waits no more.",
    ]
    assert weir("cancel", run).exit_code == 0
    here.work(run)
    assert f"Run {run} of greet is cancelled" in "".join(teller.news())


def test_ctrl_c_ends_a_typed_command_and_not_what_tells(here) -> None:
    run = here.run_of(here.gate())
    person = Person("--plain")
    person.read_until(["quit leaves."])
    person.type(f"logs -f {run}\r")
    person.read_until(["waits for a person: Greet world?"])
    person.type("\x03runs\r")
    person.read_until(["STATUS"])
    person.type("quit\r")
    assert person.read_to_end()[1] == 0


def test_what_can_not_be_told_ends_it_with_the_reason(
    here, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Teller) -> list[str]:
        raise DatabaseBusy("somebody writes")

    monkeypatch.setattr(Teller, "news", refuse)
    reading, writing = os.pipe()
    with os.fdopen(reading) as typed, os.fdopen(writing, "w"):
        monkeypatch.setattr("sys.stdin", typed)
        with pytest.raises(DatabaseBusy):
            asyncio.run(converse(Desk.open(here.root, via="cli")))


def test_plain_is_heard_by_a_command_as_well(here) -> None:
    here.gate()
    seen, code = Person("--plain", "runs").read_to_end()
    assert code == 0
    assert seen.isascii()
    assert b"\x1b" not in seen


def test_nothing_is_drawn_and_a_status_is_a_word(here) -> None:
    here.gate()
    person = Person("--plain")
    person.read_until(["quit leaves."])
    person.type("runs\r")
    person.read_until(["STATUS"])
    person.type("nonsense 'unclosed\r")
    person.read_until(["that is no command"])
    person.type("quit\r")
    seen, code = person.read_to_end()
    assert code == 0
    assert seen.isascii()
    assert b"\x1b" not in seen
    assert b"waiting  greet" in seen


def test_commands_may_come_out_of_a_pipe_and_its_end_is_the_end(here) -> None:
    gate = here.gate()
    assert "Greet world?" in piped(f"approve {gate} --yes\ninbox\n")
    assert here.status(gate) == "approved"


def piped(typed: str) -> str:
    """What is printed where these lines are typed."""
    done = subprocess.run(
        [sys.executable, str(MAIN), "--plain"],
        input=typed,
        capture_output=True,
        text=True,
        check=True,
        timeout=LONGEST,
    )
    return done.stdout
