"""The colours a person can choose: Textual's, and one of ours of high contrast."""

from __future__ import annotations

from difflib import get_close_matches

from textual.theme import BUILTIN_THEMES, Theme

from engine.errors import WeirError

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
SHORT = {"dark": USUAL, "light": "textual-light"}


def require_theme(name: object) -> str:
    """The name of a theme, which may be told by a short one. Raises WeirError."""
    if isinstance(name, str) and SHORT.get(name, name) in NAMES:
        return SHORT.get(name, name)
    near = get_close_matches(str(name), (*NAMES, *SHORT), 1)
    right = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(NAMES)}"
    raise WeirError(f"there is no theme {name!r}; {right}")
