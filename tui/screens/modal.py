"""What every question over the panes has in common: it can be left, and never twice."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.messages import Read
from tui.widgets.standing import Standing

Answer = TypeVar("Answer")


class Question(Standing, ModalScreen[Answer | None], inherit_bindings=False):
    """A modal that `q` and Esc leave without an answer, and ctrl+q leaves with the app.

    Keys go to `on_press` as they are typed; a printable one only when no input has
    the focus.
    """

    BINDINGS = [("tab", "app.focus_next"), ("shift+tab", "app.focus_previous")]
    AUTO_FOCUS = ""

    def on_key(self, event: events.Key) -> None:
        if event.key == "ctrl+q":
            event.stop()
            self.app.exit(0)
        elif event.key == "escape" or (event.key == "q" and not self.typing):
            event.stop()
            self.leave()
        elif self.pressed(event.character or event.key, event.key):
            event.stop()
            event.prevent_default()

    def pressed(self, typed: str, key: str) -> bool:
        """Take a key; False lets the focused widget's own bindings have it."""
        return False

    def heard(self, message: Read) -> None:
        """Something was read while this is asked."""

    @property
    def typing(self) -> bool:
        return isinstance(self.focused, Input)

    def leave(self) -> None:
        self.dismiss(None)
