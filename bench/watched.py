"""A program in a terminal of its own: what it shows, when, and in how many bytes."""

from __future__ import annotations

import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from types import TracebackType

NARROW, WIDE = (80, 24), (160, 50)
PATIENCE = 30.0  # seconds until what is waited for will surely not come
STYLES = re.compile(rb"\x1b\[[0-9;:]*m")
# Textual asks whether frames can be held together; most terminals say that they can.
ASKED, ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
# COLUMNS and LINES would be believed instead of the terminal's own size.
NOT_INHERITED = ("TMUX", "SSH_CONNECTION", "NO_COLOR", "COLUMNS", "LINES")
TICKS = os.sysconf("SC_CLK_TCK")


class Watched:
    """A child in a pty. Time zero is the moment before it is started."""

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = NARROW,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.master, inner = os.openpty()
        columns, rows = size
        ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.seen = bytearray()  # to which much is added
        self.began = time.perf_counter()
        self.child = subprocess.Popen(
            command,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=as_in_a_terminal(environment or {}),
            start_new_session=True,
        )
        os.close(inner)

    def __enter__(self) -> Watched:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, with what it has started in its own session."""
        with suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        os.close(self.master)
        self.child.wait()

    def until(self, text: str, start: int = 0) -> float:
        """Seconds from time zero until it has written a text, after byte `start`."""
        wanted = text.encode()
        self.until_true(lambda: wanted in STYLES.sub(b"", self.seen[start:]), text)
        return time.perf_counter() - self.began

    def until_true(self, true: Callable[[], bool], what: str) -> None:
        end = time.perf_counter() + PATIENCE
        while not true():
            if time.perf_counter() > end:
                raise SystemExit(f"{what!r} was never shown: {self.seen[-2000:]!r}")
            self.read(0.05)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def pressed_until(self, keys: str, text: str) -> float:
        """Seconds from a key until a text was written for it."""
        self.read(0)
        start, began = len(self.seen), time.perf_counter()
        self.press(keys)
        self.until(text, start)
        return time.perf_counter() - began

    def listen(self, seconds: float) -> int:
        """The bytes that it writes in so many seconds."""
        before, end = len(self.seen), time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)
        return len(self.seen) - before

    def settle(self, quiet: float = 1.0) -> None:
        """Wait until it has written nothing for so long."""
        while self.listen(quiet):
            pass

    def read(self, longest: float) -> bytes:
        """What it writes next; nothing after so many seconds."""
        if not select.select([self.master], [], [], longest)[0]:
            return b""
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux says EIO when the last writer is gone
            raise SystemExit(f"it has ended: {self.seen[-2000:]!r}") from None
        self.seen += data
        if ASKED in data:
            os.write(self.master, ANSWER)
        return data

    @property
    def resident(self) -> float:
        return resident(self.child.pid)

    @property
    def processor(self) -> float:
        return processor(self.child.pid)


def as_in_a_terminal(more: Mapping[str, str]) -> dict[str, str]:
    ours = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
    theirs = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
    return {**ours, **theirs, **more}


def resident(pid: int) -> float:
    """Megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def processor(pid: int) -> float:
    """Seconds of a processor that it has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


WEIR = (sys.executable, "-c", "from tui.cli import main; main()")


def told(what: str, figure: float, unit: str, wanted: str) -> None:
    """Print one figure, with what is wanted of it beside."""
    number = f"{figure:,.0f}" if figure >= 100 else f"{figure:,.2f}"
    print(f"  {what:52} {number:>9} {unit:12} ({wanted})", flush=True)
