"""What a person has set for themselves, in their config.toml: keys, colours, mouse."""

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

KNOWN = ("keymap", "theme", "mouse", "undo")
LONGEST = 60.0  # seconds


class Personal(Struct, frozen=True):
    keymap: Keymap
    theme: str = USUAL
    mouse: bool = True
    undo: float = WINDOW  # seconds in which a decision can be taken back


def read_personal(path: Path | None = None) -> Personal:
    """The settings of this person. Raises WeirError with what is wrong in the file."""
    path = path or config_path()
    settings = settings_in(path)
    for name in settings:
        if name not in KNOWN:
            near = get_close_matches(name, KNOWN, 1)
            known = f"known: {', '.join(KNOWN)}"
            right = f"did you mean {near[0]!r}?" if near else known
            raise WeirError(f"{path}: there is no setting {name!r}; {right}")
    mouse = settings.get("mouse", True)
    if not isinstance(mouse, bool):
        raise WeirError(f"{path}: mouse is true or false, not {mouse!r}")
    try:
        theme = require_theme(settings.get("theme", USUAL))
    except WeirError as error:
        raise WeirError(f"{path}: {error}") from None
    return Personal(keymap_of(settings, path), theme, mouse, undo_of(settings, path))


def undo_of(settings: Mapping[str, Any], path: Path) -> float:
    undo = settings.get("undo", WINDOW)
    number = isinstance(undo, int | float) and not isinstance(undo, bool)
    if not number or not 0 <= undo <= LONGEST:
        raise WeirError(
            f"{path}: undo is a number of seconds from 0 (send at once) to"
            f" {LONGEST:.0f}, not {undo!r}"
        )
    return float(undo)
