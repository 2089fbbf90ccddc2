"""A person at a terminal who types `weir`."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

from tests.tui.pty_run import Terminal

MAIN = Path(__file__).with_name("weir_main.py")


class Person(Terminal):
    def __init__(self, *words: str) -> None:
        super().__init__(MAIN, *words)

    def interrupt(self) -> None:
        """Press ctrl-c until it is heard.

        A signal that comes in the moment before a read begins waits for the next key.
        """
        while self.child.poll() is None:
            self.type("\x03")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(timeout=1)

    def hang_up(self) -> int:
        # The other way round a program that is about to end is ended by the hang-up.
        code = self.child.wait(timeout=10)
        os.close(self.master)
        return code
