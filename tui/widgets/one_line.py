"""A line to type in, which loses nothing of what it was given or of what is pasted."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from tui.text import show


class OneLine(Input):
    """A line. Of a paste all lines are kept, in one."""

    def __init__(self, given: str = "", *, placeholder: str = "") -> None:
        self.given = given
        text, hint = show(given), show(placeholder)
        super().__init__(text, placeholder=hint, compact=True, classes="asked")

    def on_mount(self) -> None:
        self.cursor_blink = False

    def on_paste(self, event: events.Paste) -> None:
        """Comes before Textual's own, which takes the first line and drops the rest."""
        lines = (line.strip() for line in event.text.splitlines())
        event.text = " ".join(line for line in lines if line)

    @property
    def said(self) -> str:
        """As it was given where nobody has changed it, and not as a screen shows it."""
        return self.given if self.value == show(self.given) else self.value
