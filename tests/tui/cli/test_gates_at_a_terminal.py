"""Deciding at a gate at a terminal: the choice is typed, and nothing else decides."""

from __future__ import annotations

import pytest

from tests.tui.cli.person import Person

ASKS = ["Type approve to decide so, anything else to leave it open"]


def test_the_typed_choice_decides_and_is_recorded_as_a_persons(here) -> None:
    gate = here.gate()
    person = Person("approve", gate, "--comment", "good")
    person.read_until(["Greet world?", "Hello world", *ASKS])
    person.type("approve\r")
    seen, code = person.read_to_end()
    assert code == 0, seen
    assert here.status(gate) == "approved"
    decision = here.decision(gate)
    assert "via" not in decision["by"]  # cli is what stands for nothing said
    assert decision["by"]["terminal"].startswith("/dev/")


@pytest.mark.parametrize("typed", ["\r", "y\r", "yes\r", "reject\r", "approve it\r"])
def test_anything_else_leaves_the_gate_open(here, typed: str) -> None:
    gate = here.gate()
    person = Person("approve", gate)
    person.read_until(ASKS)
    person.type(typed)
    seen, code = person.read_to_end()
    assert code == 1
    assert b"nothing was decided; the gate is still open" in seen
    assert here.status(gate) == "pending"


def test_ctrl_d_decides_nothing(here) -> None:
    gate = here.gate()
    person = Person("approve", gate)
    person.read_until(ASKS)
    person.type("\x04")
    seen, code = person.read_to_end()
    assert code == 130
    assert b"Traceback" not in seen
    assert here.status(gate) == "pending"


def test_ctrl_c_decides_nothing(here) -> None:
    gate = here.gate()
    person = Person("approve", gate)
    person.read_until(ASKS)
    person.interrupt()
    seen, code = person.read_to_end()
    assert code == 130
    assert b"Traceback" not in seen
    assert here.status(gate) == "pending"


def test_yes_at_a_terminal_is_a_script_all_the_same(here) -> None:
    gate = here.gate()
    _, code = Person("approve", gate, "--yes").read_to_end()
    assert code == 0
    assert here.decision(gate)["by"]["via"] == "script"


def test_with_json_the_question_is_on_the_terminal_too(here) -> None:
    gate = here.gate()
    person = Person("approve", gate, "--json")
    person.read_until(["Hello world", *ASKS])
    person.type("approve\r")
    seen, code = person.read_to_end()
    assert code == 0
    assert b'"status": "approved"' in seen


def test_a_rejection_asks_for_the_word_reject(here) -> None:
    gate = here.gate()
    person = Person("reject", gate, "--comment", "no")
    person.read_until(["Type reject to decide so"])
    person.type("reject\r")
    _, code = person.read_to_end()
    assert code == 0
    assert here.status(gate) == "rejected"
