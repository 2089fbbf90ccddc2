"""The workbench in lines, for who does not see a screen."""

from __future__ import annotations

import subprocess
import sys

from tests.tui.cli.person import MAIN, Person


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


def test_what_changes_elsewhere_is_told_as_it_comes(here) -> None:
    person = Person("--plain")
    person.read_until(["Runs: none yet.", "Nothing waits for you."])
    run = here.start()
    person.read_until([f"Run {run} of greet is waiting.", "Waits for you, approval:"])
    person.type("quit\r")
    assert person.read_to_end()[1] == 0


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
    said = f"approve {gate} --yes\ninbox\n"
    done = subprocess.run(
        [sys.executable, str(MAIN), "--plain"],
        input=said,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Greet world?" in done.stdout
    assert here.status(gate) == "approved"
