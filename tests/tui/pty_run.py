"""Running a program in a real terminal and keeping every byte it wrote."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterable
from pathlib import Path

from tui.screens.grace import GRACE

LONGEST = 30.0  # seconds in which what is waited for has come, or hangs

# A hang-up is told to the one whose controlling terminal it is.
TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
# COLUMNS and LINES would be believed instead of the terminal's own size.
NOT_INHERITED = (
    "TMUX",
    "SSH_CONNECTION",
    "NO_COLOR",
    "COLORTERM",
    "COLUMNS",
    "LINES",
)
STYLES = re.compile(rb"\x1b\[[0-9;:]*m")


def heard(source: int, by: float) -> bytes:
    """What a program says next; nothing once it has ended, or when it is too late.

    A workbench is never silent for long, so silence would not tell that it hangs.
    """
    if not select.select([source], [], [], max(by - time.monotonic(), 0))[0]:
        return b""
    try:
        return os.read(source, 65536)
    except OSError:  # Linux says EIO when the last writer of a terminal is gone
        return b""


def deadline() -> float:
    return time.monotonic() + LONGEST


def after_the_grace() -> None:
    """Until a key is taken for what another process has just shown.

    A time, where else a condition would stand: so the rule is one, and nothing on the
    screen says when it is over.
    """
    time.sleep(GRACE * 1.5)


class Terminal:
    """A child in a pty of its own; `read_until` waits for what it shows."""

    def __init__(
        self,
        script: Path,
        *args: str,
        size: tuple[int, int] = (200, 100),
        controlling: bool = True,
    ) -> None:
        columns, rows = size
        self.seen = b""
        self.master, inner = os.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color"}
        for name in NOT_INHERITED:
            environment.pop(name, None)
        take = ["-c", TAKE_TERMINAL] if controlling else []
        self.child = subprocess.Popen(
            [sys.executable, *take, str(script), *args],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=environment,
            start_new_session=True,
        )
        os.close(inner)

    def read_until(self, wanted: Iterable[str], start: int = 0) -> bytes:
        """All that came after `start`, once all that is wanted is among it."""
        by = deadline()
        while missing := [text for text in wanted if text not in self._text(start)]:
            if not self._read(by):
                self.kill()
                self.hang_up()
                raise AssertionError(f"no {missing} among {self.seen[-3000:]!r}")
        return self.seen[start:]

    def _text(self, start: int) -> str:
        return STYLES.sub(b"", self.seen[start:]).decode(errors="ignore")

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def read_to_end(self) -> tuple[bytes, int]:
        """All the bytes, and the exit code (negative: the signal that ended it)."""
        by = deadline()
        while self._read(by):
            pass
        return self.seen, self.hang_up()

    def hang_up(self) -> int:
        """Take the terminal away, and wait for the end of who is in it."""
        os.close(self.master)
        try:
            return self.child.wait(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            self.kill()
            self.child.wait()
            raise

    def send(self, number: signal.Signals) -> None:
        self.child.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    def _read(self, by: float) -> bool:
        data = heard(self.master, by)
        self.seen += data
        return bool(data)
