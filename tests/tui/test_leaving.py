"""Whoever leaves the workbench, in whatever way, has sent what they decided."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.bench import Room
from tests.tui.pty_run import Terminal, after_the_grace

MAIN = Path(__file__).parent / "cli" / "weir_main.py"

pytestmark = pytest.mark.usefixtures("long_hold")


def approves(room: Room) -> Terminal:
    """A workbench in a terminal of its own, that holds an approval."""
    words = ("-C", str(room.root), "--no-runner")
    terminal = Terminal(MAIN, *words, size=(100, 30))
    terminal.read_until(["Approvals(1)"])
    terminal.type("2")
    terminal.read_until(["── end"])
    after_the_grace()
    terminal.type("a")
    terminal.read_until(["u Undo approve"])
    return terminal


def quits(terminal: Terminal) -> int:
    terminal.type("\x11")  # ctrl+q
    return terminal.read_to_end()[1]


def is_hung_up(terminal: Terminal) -> int:
    terminal.send(signal.SIGHUP)
    return terminal.read_to_end()[1]


def is_ended(terminal: Terminal) -> int:
    terminal.send(signal.SIGTERM)
    return terminal.read_to_end()[1]


def loses_its_line(terminal: Terminal) -> int:
    return terminal.hang_up()


@pytest.mark.parametrize("leaves", [quits, is_hung_up, is_ended, loses_its_line])
def test_a_decision_that_was_held_is_sent(
    room: Room, leaves: Callable[[Terminal], int]
) -> None:
    approval = room.asking()
    terminal = approves(room)
    assert room.decided(approval) == []
    leaves(terminal)
    assert room.decided(approval) == ["approve"]


def test_only_a_process_that_is_killed_takes_it_along(room: Room) -> None:
    approval = room.asking()
    terminal = approves(room)
    terminal.kill()
    terminal.hang_up()
    assert room.decided(approval) == []
    assert room.desk.approval(approval).status == "pending"


def test_a_workbench_ends_with_its_terminal_also_where_no_signal_tells_it(
    room: Room,
) -> None:
    terminal = Terminal(
        MAIN, "-C", str(room.root), "--no-runner", size=(100, 30), controlling=False
    )
    terminal.read_until(["Runs"])
    assert terminal.hang_up() == 128 + signal.SIGHUP
