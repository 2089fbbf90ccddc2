"""One of a few answers, each by a key of its own; Enter takes none."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.screens.grace import Grace
from tui.screens.modal import Question
from tui.widgets.safe import plain


class Answer(Struct, frozen=True):
    """An answer that can be chosen, and what happens on it, in words."""

    name: str
    title: str = ""
    then: str = ""


class Choose(Question[str]):
    def __init__(
        self, question: str, answers: Sequence[Answer], *, grace: Grace
    ) -> None:
        super().__init__()
        self.question = question
        self.answers = answers[:9]
        self.grace = grace

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="question", can_focus=False):
            yield Static(plain(self.question, "bold"))
            for number, answer in enumerate(self.answers, 1):
                yield Static(plain(f"{number}  {answer.title or answer.name}"))
                if answer.then:
                    yield Static(plain(f"   {answer.then}", "$foreground-muted"))
            keys = f"1-{len(self.answers)} choose   q leave"
            yield Static(plain(keys), classes="keys")

    def on_mount(self) -> None:
        self.grace.restart()

    def pressed(self, typed: str, key: str) -> bool:
        fits = typed.isdigit() and 0 < int(typed) <= len(self.answers)
        if fits and self.grace.takes():
            self.dismiss(self.answers[int(typed) - 1].name)
        return True
