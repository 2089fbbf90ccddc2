"""The first screen where there is no workspace yet: what one is, and making it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import events, on
from textual.app import App, ComposeResult
from textual.content import Content
from textual.filter import LineFilter
from textual.widgets import Static

from engine.desk import Desk
from engine.importer import Importer
from engine.starting import FIRST, make_workspace
from tui.themes import HIGH_CONTRAST, USUAL
from tui.widgets.safe import LINE_FILTERS, plain
from tui.widgets.vtable import Column, VTable

STARTER = "starter"  # the key of the set without an example
COLUMNS = (
    Column("name", "WITH", 12, priority=9),
    Column("about", "WHAT IT SHOWS", None, priority=8),
)
ABOUT = (
    "A workspace is a folder with workflows/, where each file is something to be done,"
    " and .weir/, where Weir remembers what was done. Keep the first in Git; the"
    " second is yours.\n\n{where} is none yet. Take one of these to begin with. Its"
    " first run is started for you, goes as far as it can without you, and then asks."
    " No key is needed: `mock` answers, and no model is asked until you take"
    ' `provider = "mock"` out of weir.toml.\n'
)
KEYS = " j k move   ⏎ or i make it here   q leave, and change nothing"


class Welcome(App[str], inherit_bindings=False):
    """Ends with the name of an example, or STARTER; with nothing where one leaves."""

    CSS = """
    Screen { background: $surface; color: $foreground; }
    #about { padding: 0 1; height: auto; }
    VTable { height: 1fr; }
    #keys { height: 1; background: $panel; }
    """
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, where: Path, *, theme: str = USUAL) -> None:
        super().__init__()
        self.animation_level = "none"
        self.register_theme(HIGH_CONTRAST)
        self.theme = theme
        self.where = where

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), *LINE_FILTERS]

    def compose(self) -> ComposeResult:
        yield Static(plain("Weir", "bold $accent"), id="about")
        about = ABOUT.format(where=self.where)
        yield Static(plain(about, multiline=True), id="words")
        yield VTable(COLUMNS, empty="")
        yield Static(plain(KEYS), id="keys")

    def on_mount(self) -> None:
        table = self.query_one(VTable)
        keyless = [name or STARTER for name, each in FIRST.items() if each.keyless]
        table.show(keyless, self.cells)
        table.focus()

    def cells(self, key: str) -> Sequence[Content | str]:
        return key, FIRST[None if key == STARTER else key].about

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        table = self.query_one(VTable)
        match event.key:
            case "j" | "down":
                table.action_cursor_down()
            case "k" | "up":
                table.action_cursor_up()
            case "enter" | "i":
                self.exit(table.selected)
            case "q" | "escape" | "ctrl+q" | "ctrl+c":
                self.exit(None)

    @on(VTable.Opened)
    def opened(self, event: VTable.Opened) -> None:
        self.exit(event.key)


def begin(where: Path, chosen: str) -> str:
    """Make the workspace, and start its first run; the run's id.

    Raises what `make_workspace` and `Desk.start` raise.
    """
    example = None if chosen == STARTER else chosen
    mock = make_workspace(where, example).mock
    first = FIRST[example]
    desk = Desk.open(where, via="workbench")
    try:
        Importer(desk.engine).scan()
        # As was said here. A weir.toml that was there before may say another.
        provider = "" if mock else "mock"
        return desk.start(first.workflow, first.inputs, provider=provider)
    finally:
        desk.close()
