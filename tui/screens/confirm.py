"""Are you sure: `y` and nothing else says yes."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui.screens.grace import Grace
from tui.screens.modal import Question
from tui.widgets.safe import plain


class Confirm(Question[bool]):
    """Only `y` says yes; `n`, `q`, Esc and Enter say no; any other key does nothing.

    The key that brought us here is therefore never the one that confirms, and one
    held down repeats into nothing. With a `grace`, a `y` typed ahead is not taken.
    """

    def __init__(self, question: str, detail: str = "", *, grace: Grace) -> None:
        super().__init__()
        self.question = question
        self.detail = detail
        self.grace = grace

    def compose(self) -> ComposeResult:
        with Vertical(classes="question"):
            yield Static(plain(self.question, "bold", multiline=True))
            if self.detail:
                yield Static(plain(self.detail, multiline=True))
            yield Static(plain("y Yes   n No (Enter is No)"), classes="keys")

    def on_mount(self) -> None:
        self.grace.restart()

    def pressed(self, typed: str, key: str) -> bool:
        if typed == "y":
            if self.grace.takes():
                self.dismiss(True)
        elif typed == "n" or key == "enter":
            self.dismiss(False)
        return True
