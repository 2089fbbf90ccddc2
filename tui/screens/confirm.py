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
    Where it says how to `change` it, `e` is no as well, and then it is `changing`.
    """

    def __init__(
        self, question: str, detail: str = "", *, grace: Grace, change: str = ""
    ) -> None:
        super().__init__()
        self.question = question
        self.detail = detail
        self.grace = grace
        self.change = change
        self.changing = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="question"):
            yield Static(plain(self.question, "bold", multiline=True))
            if self.detail:
                yield Static(plain(self.detail, multiline=True))
            change = f"e {self.change}   " if self.change else ""
            yield Static(plain(f"y Yes   {change}n No (Enter is No)"), classes="keys")

    def on_mount(self) -> None:
        self.grace.restart()

    def pressed(self, typed: str, key: str) -> bool:
        if typed == "y":
            if self.grace.takes():
                self.dismiss(True)
        elif typed == "e" and self.change:
            self.changing = True
            self.dismiss(False)
        elif typed == "n" or key == "enter":
            self.dismiss(False)
        return True
