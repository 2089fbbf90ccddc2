"""Asks the terminal for a title, the bell and the clipboard. Run in a pty."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from textual.app import App, ComposeResult
from textual.widgets import Static

from tui import terminal


def stand_still() -> None:
    os.write(1, b"It stands still.")
    # A signal that comes in the moment before a wait without an end is never heard.
    while not threading.Event().wait(0.1):
        pass


class Manners(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("waiting for news")

    def on_mount(self) -> None:
        terminal.install_signal_handlers(self)
        terminal.set_title(self, "(3) weir \x07\x1b]52;c;eA==\x07 \x9c")
        self.query_one(Static).update(terminal.copy(self, "copied \x1b text"))
        terminal.notify(self, "Ship it? \x07\x1b]52;c;eA==\x07")
        if "--stuck" in sys.argv:  # as one is that writes to a terminal nobody reads
            self.call_after_refresh(stand_still)


if __name__ == "__main__":
    app = Manners()
    app.run()
    sys.exit(app.return_code)
