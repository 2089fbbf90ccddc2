"""Shows each hostile text in every place that shows text. Run in a pty."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.filter import LineFilter
from textual.widget import Widget
from textual.widgets import (
    Button,
    Footer,
    Header,
    Input,
    OptionList,
    Select,
    Static,
    TextArea,
)

from tests.tui.hostile import PAYLOADS
from tui.text import show
from tui.widgets.document import Document
from tui.widgets.safe import LINE_FILTERS, plain
from tui.widgets.vlog import LogLine, VLog
from tui.widgets.vtable import Column, VTable

# Where text is shown, each with its mark before and after the text.
PLACES = (
    *("cell", "content-cell", "column", "empty", "log", "tag", "document", "static"),
    *("raw-static", "input", "area", "button", "options", "select", "title"),
    *("raw-title", "toast", "app-title", "footer"),
)


def mark(place: str, number: int) -> str:
    return f"{place}.{number}."


class Hostile(App[None]):
    """Each `n` shows the next payload, and after the last one the app ends."""

    CSS = "* { height: auto; } VTable, VLog, Document, TextArea { height: 3; }"
    BINDINGS = [Binding("n", "next_payload", "next", priority=True)]
    number = -1

    def get_line_filters(self) -> list[LineFilter]:
        ours = [] if "--bare" in sys.argv else LINE_FILTERS
        return [*super().get_line_filters(), *ours]

    def compose(self) -> ComposeResult:
        yield VerticalScroll(Static("ready"))

    async def action_next_payload(self) -> None:
        self.number += 1
        if self.number == len(PAYLOADS):
            self.exit()
            return
        payload = list(PAYLOADS.values())[self.number]
        text = {p: mark(p, self.number) + payload + mark(p, 0) for p in PLACES}
        self.clear_notifications()
        places = self.query_one(VerticalScroll)
        await places.remove_children()
        await places.mount(*self.widgets(text))
        self.notify(show(text["toast"]), markup=False)
        self.refresh_bindings()

    def widgets(self, text: dict[str, str]) -> list[Widget]:
        table = VTable([Column("a", text["column"], 60), Column("b", "b")])
        content = Content(text["content-cell"])
        table.show(["k"], lambda key: (text["cell"], content))
        log = VLog(every=0.0)
        log.append([LogLine("10:00", text["tag"], "bold", text["log"])])
        document = Document()
        document.show([text["document"]])
        titled, raw = Static("x"), Static("y")
        titled.border_title = plain(text["title"])
        raw.border_title = Content(text["raw-title"])
        self.title = text["app-title"]
        self._bindings.key_to_bindings.pop("f5", None)
        self.bind("f5", f"do_{self.number}", description=text["footer"])
        titled.styles.border = raw.styles.border = ("round", "white")
        return [
            table,
            VTable([Column("a", "a")], empty=text["empty"]),
            log,
            document,
            Static(plain(text["static"])),
            Static(text["raw-static"], markup=False),
            Input(text["input"]),
            TextArea(text["area"]),
            Button(Content(text["button"])),
            OptionList(Content(text["options"])),
            Select([(Content(text["select"]), 1)], value=1),
            titled,
            raw,
            Header(),
            Footer(),
        ]


if __name__ == "__main__":
    Hostile().run()
