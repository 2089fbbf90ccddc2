"""Keeping a setting: written to the person's file, and gone by at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.keymap import config_path
from tui.personal import Personal
from tui.screens.keyed import KeyedScreen
from tui.settings import Value, as_text, change
from tui.words.settings import told

if TYPE_CHECKING:
    from tui.app import Workbench


async def keep(bench: Workbench, name: str, value: Value | None) -> None:
    """Say what it is now and where it is kept, or why not; None: as usual."""
    path = config_path()
    personal = await bench.ask(lambda: change(path, {name: value}))
    if personal is not None:
        bench.session.wrote("settings", f"{name}={as_text(value)}")
        go_by(bench, personal)
        now = "as usual" if value is None else told(value)
        bench.say(f"{name} is {now}; kept in {path}")


def go_by(bench: Workbench, personal: Personal) -> None:
    """Have other settings from now on; the mouse, from the next start on."""
    bench.personal = personal
    bench.theme = personal.theme
    for screen in bench.screen_stack:
        if isinstance(screen, KeyedScreen):
            screen.show_keys()
