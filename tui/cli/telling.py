"""An event of a run as a line that a person reads."""

from __future__ import annotations

from engine.machine import events as e
from tui.cli.out import one_line, status
from tui.words.telling import telling


def tell(event: e.AnyEvent) -> str:
    """What happened, in words: where, the status it led to, and why or by whom."""
    word, text = telling(event)
    where = getattr(event, "path", "")
    parts = [status(word) if word else "", one_line(where), one_line(text)]
    return "  ".join(part for part in parts if part)
