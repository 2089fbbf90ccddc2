"""What a value is asked with besides a line: several lines, a list of choices."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.widgets import Select, TextArea

from tui.text import show


class SeveralLines(TextArea):
    """A text of several lines, in which Enter begins another; Tab goes on."""

    def __init__(self, given: str) -> None:
        self.given = given
        super().__init__(
            show(given, multiline=True),
            compact=True,
            highlight_cursor_line=False,
            classes="asked",
        )

    def on_mount(self) -> None:
        self.cursor_blink = False
        self.move_cursor(self.document.end)

    def on_paste(self, event: events.Paste) -> None:
        """A terminal may end its lines as Enter does."""
        event.text = event.text.replace("\r\n", "\n").replace("\r", "\n")

    @property
    def said(self) -> str:
        """As it was given where nobody has changed it, and not as a screen shows it."""
        unchanged = self.text == show(self.given, multiline=True)
        return self.given if unchanged else self.text


class Choice(Select[str], inherit_bindings=False):
    """A list of choices that opens by space or an arrow: Enter is for going on."""

    BINDINGS = [Binding("space,down,up", "show_overlay", "Open", show=False)]

    @property
    def said(self) -> str:
        return "" if self.value is Select.NULL else str(self.value)
