"""What a person has set for themselves, in config.toml: keys, colours, manners."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from msgspec import Struct

from engine.errors import WeirError
from tui.holding import WINDOW
from tui.keymap import Keymap, config_path, keymap_of, settings_in
from tui.themes import USUAL, require_theme

THEME, BELL, FAILURES, TITLE = "theme", "bell", "failures", "title"
UNDO, MOUSE = "undo", "mouse"
KEYMAP = "keymap"
DOES = {
    THEME: "the colours",
    BELL: "ring, and tell the desktop, when something new waits for you",
    FAILURES: "ring also when a run failed, or a step of it can't go on",
    TITLE: "say in the terminal's title how much waits for you",
    UNDO: "seconds in which a decision can be taken back; 0 sends it at once",
    MOUSE: "take the mouse, or leave it to the terminal; from the next start on",
}
SWITCHES = (BELL, FAILURES, TITLE, MOUSE)
LONGEST = 60.0  # seconds


class Personal(Struct, frozen=True):
    keymap: Keymap
    theme: str = USUAL
    mouse: bool = True
    bell: bool = True
    failures: bool = True
    title: bool = True
    undo: float = WINDOW  # seconds in which a decision can be taken back


def read_personal(path: Path | None = None) -> Personal:
    """The settings of this person. Raises WeirError with what is wrong in the file."""
    path = path or config_path()
    return personal_of(settings_in(path), path)


def personal_of(settings: Mapping[str, Any], path: Path) -> Personal:
    """What the settings in a file come to. Raises WeirError, naming the file."""
    keymap = keymap_of(settings, path)
    try:
        for name in settings:
            require_known(name)
        switches = {name: switch(settings, name) for name in SWITCHES}
        theme = require_theme(settings.get(THEME, USUAL))
        undo = seconds(settings)
    except WeirError as error:
        raise WeirError(f"{path}: {error}") from None
    return Personal(keymap, theme, undo=undo, **switches)


def require_known(name: str) -> None:
    known = (*DOES, KEYMAP)
    if name not in known:
        near = get_close_matches(name, known, 1)
        right = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        raise WeirError(f"there is no setting {name!r}; {right}")


def switch(settings: Mapping[str, Any], name: str) -> bool:
    value = settings.get(name, True)
    if not isinstance(value, bool):
        raise WeirError(f"{name} is true or false, not {value!r}")
    return value


def seconds(settings: Mapping[str, Any]) -> float:
    undo = settings.get(UNDO, WINDOW)
    number = isinstance(undo, int | float) and not isinstance(undo, bool)
    if not number or not 0 <= undo <= LONGEST:
        raise WeirError(
            f"undo is a number of seconds from 0 (send at once) to {LONGEST:.0f}, not"
            f" {undo!r}"
        )
    return float(undo)
