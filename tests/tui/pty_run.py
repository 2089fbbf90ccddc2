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
from collections.abc import Iterable
from pathlib import Path

LONGEST_SILENCE = 10.0  # seconds after which a program is taken to hang

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


class Terminal:
    """A child in a pty of its own; `read_until` waits for what it shows."""

    def __init__(self, script: Path, *args: str, size: tuple[int, int] = (200, 100)):
        columns, rows = size
        self.seen = b""
        self.master, inner = os.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color"}
        for name in NOT_INHERITED:
            environment.pop(name, None)
        self.child = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, str(script), *args],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=environment,
            start_new_session=True,
        )
        os.close(inner)

    def read_until(self, wanted: Iterable[str], start: int = 0) -> bytes:
        """All that came after `start`, once all that is wanted is among it."""
        while missing := [text for text in wanted if text not in self._text(start)]:
            if not self._read():
                self.kill()
                self.hang_up()
                raise AssertionError(f"ended without {missing}: {self.seen[-3000:]!r}")
        return self.seen[start:]

    def _text(self, start: int) -> str:
        return STYLES.sub(b"", self.seen[start:]).decode(errors="ignore")

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def read_to_end(self) -> tuple[bytes, int]:
        """All the bytes, and the exit code (negative: the signal that ended it)."""
        while self._read():
            pass
        return self.seen, self.hang_up()

    def hang_up(self) -> int:
        """Take the terminal away, and wait for the end of who is in it."""
        os.close(self.master)
        return self.child.wait()

    def send(self, number: signal.Signals) -> None:
        self.child.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    def _read(self) -> bool:
        if not select.select([self.master], [], [], LONGEST_SILENCE)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux says EIO when the last writer is gone
            return False
        self.seen += data
        return bool(data)
