"""Other keys for an action: they are pressed, and what they would meet is said."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tui.actions import Action
from tui.keymap import parse_keys, press, shown
from tui.screens.modal import Question
from tui.widgets.safe import plain

HINT = "⏎ these instead   tab these as well   ⌫ anew   esc leave"


class Press(Question[list[str]]):
    """Gives all keys that the action is to have, as a file says them.

    `against` is told them, and says why the action can't have them.
    """

    def __init__(
        self, action: Action, has: list[str], against: Callable[[list[str]], list[str]]
    ) -> None:
        super().__init__()
        self.action, self.has, self.against = action, has, against
        self.keys: list[str] = []

    def compose(self) -> ComposeResult:
        has = ", ".join(shown(parse_keys(text)) for text in self.has) or "no key"
        with Vertical(classes="question"):
            yield Static(plain(f"Press the keys for {self.action.name}", "bold"))
            yield Static(plain(f"{self.action.does}; it has {has}"))
            yield Static("…", id="pressed")
            yield Static("", classes="wrong", id="wrong")
            yield Static(plain(HINT), classes="keys")

    def on_key(self, event: events.Key) -> None:
        """Any key may be meant but those that say what is to be done with them."""
        if event.key == "ctrl+q":
            return
        event.stop()
        event.prevent_default()
        match event.key:
            case "escape":
                self.leave()
            case "enter":
                self.take([])
            case "tab":
                self.take(self.has)
            case "backspace":
                self.keys.clear()
            case _:
                self.keys.append(press(event.key, event.character))
        self.show()

    def take(self, besides: list[str]) -> None:
        if self.keys and not self.wrong:
            self.dismiss([*besides, " ".join(self.keys)])

    @property
    def wrong(self) -> list[str]:
        return self.against([" ".join(self.keys)]) if self.keys else []

    def show(self) -> None:
        self.query_one("#pressed", Static).update(plain(shown(tuple(self.keys)) or "…"))
        wrong = self.query_one("#wrong", Static)
        wrong.update(plain("\n".join(self.wrong), multiline=True))
        wrong.set_class(bool(self.wrong), "told")
