"""Why not: one of the gate's canned reasons by a single key, or a line of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui.screens.grace import Grace
from tui.screens.line import Line, Said
from tui.screens.modal import Question
from tui.widgets.safe import plain

if TYPE_CHECKING:
    from tui.app import Workbench

# Without q, which leaves. What of the reasons goes beyond them, `--reason` takes.
KEYS = "123456789abcdefghijklmnoprstuvwxyz"
OWN = Said("")


async def ask_why(
    bench: Workbench, title: str, reasons: Mapping[str, str]
) -> Said | None:
    """What is said; None when the person leaves it."""
    if reasons:
        found = await bench.push_screen_wait(
            Reasons(title, reasons, grace=Grace(bench.clock))
        )
        if found is not OWN:
            return found
    return await bench.push_screen_wait(Line(title, hint="in one line, why"))


class Reasons(Question[Said]):
    """A key takes its reason at once; Enter leads to a line of one's own."""

    def __init__(
        self, question: str, reasons: Mapping[str, str], *, grace: Grace
    ) -> None:
        super().__init__()
        self.question = question
        self.reasons = dict(zip(KEYS, reasons.items(), strict=False))
        self.left_out = len(reasons) - len(self.reasons)
        self.grace = grace

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="question", can_focus=False):
            yield Static(plain(self.question, "bold"))
            for key, (name, text) in self.reasons.items():
                yield Static(plain(f"{key}  {name}: {text}"))
            if self.left_out:
                yield Static(plain(f"and {self.left_out} more, which `--reason` takes"))
            yield Static(plain(self.keys()), classes="keys")

    def keys(self) -> str:
        last = [*self.reasons][-1]
        one = "1" if last == "1" else f"1-{last}"
        return f"{one} take it at once   ⏎ type another   q leave"

    def on_mount(self) -> None:
        self.grace.restart()

    def pressed(self, typed: str, key: str) -> bool:
        if key == "enter":
            self.dismiss(OWN)
        elif key in ("down", "up"):
            scroll = self.query_one(VerticalScroll)
            scroll.scroll_relative(y=1 if key == "down" else -1, animate=False)
        elif typed in self.reasons and self.grace.takes():
            name, text = self.reasons[typed]
            self.dismiss(Said(text, name))
        return True
