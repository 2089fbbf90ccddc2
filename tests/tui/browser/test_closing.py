"""A browser's tab that is closed: what was decided in it is sent, and a run goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.bench import Room
from tests.tui.pty_run import LONGEST, STYLES, after_the_grace, deadline, heard
from tui.browser.hearing import packet
from tui.browser.window import WAKE, given

pytestmark = pytest.mark.usefixtures("long_hold")


class Child:
    """The workbench of a window, with a pipe to type into."""

    def __init__(self, root: Path) -> None:
        self.said = b""
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tui.browser.child", str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            env=given(100, 30),
        )

    def types(self, keys: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(packet(b"D", keys.encode()))
        self.process.stdin.flush()

    def shows(self, text: str) -> None:
        assert self.process.stdout is not None
        by = deadline()
        while text.encode() not in STYLES.sub(b"", self.said):
            some = heard(self.process.stdout.fileno(), by)
            if not some:
                self.process.kill()
                self.process.communicate()
                raise AssertionError(f"no {text!r} among {self.said[-3000:]!r}")
            self.said += some

    def is_closed(self) -> bytes:
        return self.process.communicate(timeout=LONGEST)[0]


def test_a_decision_that_was_held_is_sent_and_a_runner_asked_for(room: Room) -> None:
    approval = room.asking()
    child = Child(room.root)
    child.shows("Approvals(1)")
    child.types("2")
    child.shows("── end")
    after_the_grace()
    child.types("a")
    child.shows("u Undo approve")
    assert room.decided(approval) == []
    assert WAKE in child.is_closed()
    assert child.process.returncode == 0
    assert room.decided(approval) == ["approve"]
