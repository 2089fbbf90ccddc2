"""A draft that is edited before it is decided on, and what was changed in it."""

from __future__ import annotations

from collections.abc import Iterable

from engine.drafts import diff
from engine.errors import WeirError
from tui.cli import out
from tui.drafting import edit_text, open_editor
from tui.text import show

SUFFIX = {"markdown": ".md", "json": ".json"}


def edit(text: str, form: str) -> str:
    """The text as it left the editor. Raises WeirError if it is the same."""
    edited = edit_text(text, SUFFIX.get(form, ".txt"), open_editor)
    if edited == text:
        raise WeirError(
            "the draft is unchanged, nothing was decided; leave out --edit to take it"
            " as it is"
        )
    return edited


def diff_lines(before: str, after: str, name: str) -> list[str]:
    """What changed, as `diff -u` says it, safe to print."""
    return coloured_diff(diff(before, after, name).splitlines())


def coloured_diff(lines: Iterable[str]) -> list[str]:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return [out.paint(show(each), colours.get(each[:1])) for each in lines]
