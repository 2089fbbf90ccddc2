"""Several gates at once: all of it is read, then `y` and nothing else says yes."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.screens.grace import Grace
from tui.screens.modal import Question
from tui.widgets.document import Document
from tui.widgets.safe import plain

KEYS = "space J K G read   y Yes, all of them   n No (Enter is No)"


class Together(Question[bool]):
    """`y` is taken once the end of the text has been on the screen."""

    def __init__(
        self,
        question: str,
        parts: Sequence[Content | str],
        *,
        grace: Grace,
        keys: str = KEYS,
    ) -> None:
        super().__init__()
        self.keys = keys
        self.question = question
        self.parts = parts
        self.grace = grace

    def compose(self) -> ComposeResult:
        with Vertical(classes="question tall"):
            yield Static(plain(self.question, "bold"))
            yield Document()
            yield Static("", id="wrong", classes="wrong")
            yield Static(plain(self.keys), classes="keys")

    def on_mount(self) -> None:
        self.grace.restart()
        document = self.query_one(Document)
        document.show([*self.parts], key="together")
        document.focus()

    def pressed(self, typed: str, key: str) -> bool:
        document = self.query_one(Document)
        match typed, key:
            case "y", _:
                self.say_yes(document)
            case "n", _:
                self.dismiss(False)
            case _, "enter":
                self.dismiss(False)
            case _, "space" | "pagedown" | "ctrl+d":
                document.action_half_down()
            case _, "pageup" | "ctrl+u":
                document.action_half_up()
            case "G", _:
                document.action_cursor_bottom()
            case "g", _:
                document.action_cursor_top()
            case _, "home" | "end":
                return False  # the document has them
            case "J" | "j", _:
                document.action_cursor_down()
            case "K" | "k", _:
                document.action_cursor_up()
        return True

    def say_yes(self, document: Document) -> None:
        if not document.end_seen:
            wrong = self.query_one("#wrong", Static)
            wrong.update("read to the end first: space reads on")
            wrong.add_class("told")
        elif self.grace.takes():
            self.dismiss(True)
