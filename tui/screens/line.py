"""One line of text: a reason, a comment, a name."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from tui.screens.modal import Question
from tui.widgets.one_line import OneLine
from tui.widgets.safe import plain


class Said(Struct, frozen=True):
    """The text, and the name of the canned reason where it is one."""

    text: str
    reason: str = ""


class Line(Question[Said]):
    """Asks for one line. An empty one is refused when it is `required`.

    `wrong` says, as it is typed, why a text can't be sent.
    """

    def __init__(
        self,
        title: str,
        *,
        hint: str = "",
        required: bool = True,
        value: str = "",
        wrong: Callable[[str], str] = lambda _: "",
        done: str = "send",
    ) -> None:
        super().__init__()
        self.question = title
        self.hint = hint
        self.required = required
        self.value = value
        self.wrong = wrong
        self.done = done

    def compose(self) -> ComposeResult:
        with Vertical(classes="question"):
            yield Static(plain(self.question, "bold"))
            yield OneLine(self.value, placeholder=self.hint)
            yield Static("", classes="wrong", id="wrong")
            yield Static(plain(f"⏎ {self.done}   esc leave"), classes="keys")

    def on_mount(self) -> None:
        self.query_one(OneLine).focus()

    @on(Input.Submitted)
    def send(self) -> None:
        text = self.query_one(OneLine).said.strip()
        if self.required and not text:
            self.tell("say something: it is recorded")
        elif reason := self.wrong(text):
            self.tell(reason)
        else:
            self.dismiss(Said(text))

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        text = event.value.strip()
        self.tell(self.wrong(text) if text else "")

    def tell(self, reason: str) -> None:
        wrong = self.query_one("#wrong", Static)
        wrong.update(plain(reason))
        wrong.set_class(bool(reason), "told")
