"""What a command prints, as it prints it; to leave ends the command."""

from __future__ import annotations

from collections.abc import AsyncIterator

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui.screens.modal import Question
from tui.widgets.safe import plain
from tui.widgets.vlog import LogLine, VLog

KEYS = "j k move   ctrl+d ctrl+u half a page   g G ends   w wrap   q leave"


class Output(Question[None]):
    """Lines of `said`, under a `title`."""

    def __init__(self, title: str, said: AsyncIterator[str]) -> None:
        super().__init__()
        self.heading = title
        self.said = said

    def compose(self) -> ComposeResult:
        with Vertical(classes="question tall whole"):
            yield Static(plain(self.heading, "bold"))
            yield VLog(empty="Nothing yet.")
            yield Static(plain(KEYS), classes="keys")

    def on_mount(self) -> None:
        log = self.query_one(VLog)
        log.following = False  # it is read from its beginning
        log.focus()
        self.listen()

    @work(exclusive=True, group="output")
    async def listen(self) -> None:
        log, empty = self.query_one(VLog), True
        async for line in self.said:
            log.append([LogLine("", "", "", line)])
            empty = False
        if empty:
            log.append([LogLine("", "", "$foreground-muted", "(it said nothing)")])

    def pressed(self, typed: str, key: str) -> bool:
        log = self.query_one(VLog)
        match typed, key:
            case "j", _:
                log.action_cursor_down()
            case "k", _:
                log.action_cursor_up()
            case "g", _:
                log.action_cursor_top()
            case "G", _:
                log.action_cursor_bottom()
            case _, "ctrl+d" | "pagedown" | "space":
                log.action_half_down()
            case _, "ctrl+u" | "pageup":
                log.action_half_up()
            case _:
                return False
        return True
