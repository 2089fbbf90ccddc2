"""The colours a person can choose: Textual's, and one of ours of high contrast."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from textual.theme import BUILTIN_THEMES, Theme

from engine.errors import WeirError
from tui.screens.pick import Item, Pick
from tui.widgets.vtable import Column

if TYPE_CHECKING:
    from tui.app import Workbench

USUAL = "textual-dark"
# Black, white and pure hues: each pair stands at 7 to 1 or more, as WCAG's AAA asks.
HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffff00",
    warning="#ffd700",
    error="#ff9090",
    success="#60ff60",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#202020",
    boost="#202020",
    text_alpha=1.0,
    variables={"foreground-muted": "#d8d8d8", "text-muted": "#d8d8d8"},
)
# The terminal's own 16 colours, whatever they are there.
OWN = {"ansi-dark": "your terminal's own 16 colours, on dark",
       "ansi-light": "your terminal's own 16 colours, on light",
       HIGH_CONTRAST.name: "black and white, 7 to 1 or more"}  # fmt: skip
NAMES = (*OWN, *(name for name in BUILTIN_THEMES if name not in OWN))
COLUMNS = (
    Column("name", "THEME", 24, priority=9),
    Column("about", "", None, priority=5),
)


def require_theme(name: object) -> str:
    """The name, where there is a theme of it. Raises WeirError."""
    if isinstance(name, str) and name in NAMES:
        return name
    near = get_close_matches(str(name), NAMES, 1)
    right = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(NAMES)}"
    raise WeirError(f"there is no theme {name!r}; {right}")


async def choose_theme(bench: Workbench, config: str) -> None:
    """Let one be picked, for as long as the window is open; say how to keep it."""
    items = [Item(name, (name, OWN.get(name, ""))) for name in NAMES]
    hint = f"type to filter   ⏎ take it   esc leave   now: {bench.theme}"
    picked = await bench.push_screen_wait(Pick("Colours", items, COLUMNS, hint=hint))
    if picked is not None:
        bench.theme = picked
        bench.say(f'to keep it, put theme = "{picked}" at the top of {config}')
