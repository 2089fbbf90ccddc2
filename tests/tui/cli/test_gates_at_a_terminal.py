"""Deciding at a gate at a terminal: the choice is typed, and nothing else decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.pty_run import Terminal

MAIN = Path(__file__).with_name("weir_main.py")
ASKS = ["Type approve to decide so, anything else to leave it open"]
Type = Callable[..., Terminal]


@pytest.fixture
def terminal(workspace: Path) -> Type:
    def opened(*words: str) -> Terminal:
        return Terminal(MAIN, *words)

    return opened


def test_the_typed_choice_decides_and_is_recorded_as_a_persons(terminal, here) -> None:
    gate = here.gate()
    person = terminal("approve", gate, "--comment", "good")
    person.read_until(["Greet world?", "Hello world", *ASKS])
    person.type("approve\r")
    seen, code = person.read_to_end()
    assert code == 0, seen
    assert here.status(gate) == "approved"
    decision = here.decision(gate)
    assert "via" not in decision["by"]  # cli is what stands for nothing said
    assert decision["by"]["terminal"].startswith("/dev/")


@pytest.mark.parametrize("typed", ["\r", "y\r", "yes\r", "reject\r", "approve it\r"])
def test_anything_else_leaves_the_gate_open(terminal, here, typed: str) -> None:
    gate = here.gate()
    person = terminal("approve", gate)
    person.read_until(ASKS)
    person.type(typed)
    seen, code = person.read_to_end()
    assert code == 1
    assert b"weir: nothing was decided; the gate is still open" in seen
    assert here.status(gate) == "pending"


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_ctrl_c_and_ctrl_d_decide_nothing(terminal, here, key: str) -> None:
    gate = here.gate()
    person = terminal("approve", gate)
    person.read_until(ASKS)
    person.type(key)
    seen, code = person.read_to_end()
    assert code == 130
    assert b"Traceback" not in seen
    assert here.status(gate) == "pending"


def test_yes_at_a_terminal_is_a_script_all_the_same(terminal, here) -> None:
    gate = here.gate()
    _, code = terminal("approve", gate, "--yes").read_to_end()
    assert code == 0
    assert here.decision(gate)["by"]["via"] == "script"


def test_with_json_the_question_is_on_the_terminal_too(terminal, here) -> None:
    gate = here.gate()
    person = terminal("approve", gate, "--json")
    person.read_until(["Hello world", *ASKS])
    person.type("approve\r")
    seen, code = person.read_to_end()
    assert code == 0
    assert b'"status": "approved"' in seen


def test_a_rejection_asks_for_the_word_reject(terminal, here) -> None:
    gate = here.gate()
    person = terminal("reject", gate, "--comment", "no")
    person.read_until(["Type reject to decide so"])
    person.type("reject\r")
    _, code = person.read_to_end()
    assert code == 0
    assert here.status(gate) == "rejected"
