"""A million rows, or a hundred thousand lines of log, in the widgets of the workbench.

Run as `python bench/scrolled.py table|log` at a terminal; it says `ready`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from textual.app import App, ComposeResult
from textual.widgets import Static

from tui.widgets.vlog import LogLine, VLog
from tui.widgets.vtable import Column, VTable

ROWS, LINES = 1_000_000, 100_000
COLUMNS = (Column("id", "ID", 12), Column("what", "WHAT", 40), Column("n", "N", None))


class Scrolled(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        if sys.argv[1] == "table":
            yield VTable(COLUMNS)
        else:
            yield VLog()
        yield Static("ready")

    def on_mount(self) -> None:
        self.animation_level = "none"
        if sys.argv[1] == "table":
            table = self.query_one(VTable)
            keys = [f"r{n:09}" for n in range(ROWS)]
            table.show(keys, lambda key: (key, "release-notes ✓ done", key[::-1]))
            table.focus()
        else:
            log = self.query_one(VLog)
            log.append([said(n) for n in range(LINES)])
            log.focus()


def said(number: int) -> LogLine:
    text = f"line {number:06} looked at the usage of a customer: nothing unusual"
    return LogLine("10:00:00", "draft", "", text)


if __name__ == "__main__":
    Scrolled().run()
