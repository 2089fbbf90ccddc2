"""The one way for text from outside into a widget, and the last gate to the tty."""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter

from tui.text import show

# What must never reach a terminal, however it got into a widget.
OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def plain(text: str, style: str = "", *, multiline: bool = False) -> Content:
    """Content of just this text: no markup is read, nothing in it is hidden."""
    return Content.styled(show(text, multiline=multiline), style)


class SafeFilter(LineFilter):
    """Takes out of painted lines what a terminal would obey, and hyperlinks.

    What took a column leaves a mark of one column, so that nothing moves.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(_harmless(segment) for segment in segments):
            return segments
        return [_cleaned(segment) for segment in segments]


def _harmless(segment: Segment) -> bool:
    if segment.style is not None and segment.style.link:
        return False
    # Printable text holds nothing of OBEYED, and that is the faster question.
    return segment.text.isprintable() or OBEYED.search(segment.text) is None


def _cleaned(segment: Segment) -> Segment:
    text = OBEYED.sub(lambda match: "�" * cell_len(match.group()), segment.text)
    style = segment.style
    if style is not None and style.link:
        style = style.update_link(None)
    return Segment(text, style, segment.control)


# For `get_line_filters()` of the app: [*super().get_line_filters(), *LINE_FILTERS].
LINE_FILTERS: Final[tuple[LineFilter, ...]] = (SafeFilter(),)
