"""A text to be read before one decides: wrapped, never cut, with nothing hidden."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from tui.unusual import show_gaps, unusual
from tui.widgets.lines import post, segments, set_extent
from tui.widgets.reading import Reading
from tui.widgets.safe import plain
from tui.widgets.wrapping import wrap

__all__ = ["Document", "Drawn", "Part", "unusual"]

# What show() and show_gaps() put in place of what can't be seen.
SPELT = re.compile("[\u2400-\u2421]|<U\\+[0-9A-F]{4,6}>|·×\\d+")


@dataclass(frozen=True)
class _Row:
    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Drawn:
    """Text from outside, and lines drawn of it for a width; None: shown as it is."""

    text: str
    draw: Callable[[int], Sequence[Content] | None]


Part = Content | str | Drawn


class Document(Reading):
    """`end_seen` is true once the last row has been painted on the screen.

    A text of another key begins at its top, unseen. The same key keeps the place, but
    changed text from outside must be seen to its end again; our own words may change,
    as a time that passes does.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"document--spelt"}
    DEFAULT_CSS = """
    Document {
        height: 1fr;
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .document--spelt { color: $text-warning; text-style: bold; }
    }
    """

    class EndSeen(Message):
        """The last row of the text has been on the screen."""

        def __init__(self, document: Document, key: str) -> None:
            super().__init__()
            self.document = document
            self.key = key

        @property
        def control(self) -> Document:
            return self.document

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - the name every widget has for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.key = ""
        self.end_seen = False
        self._parts: Sequence[Part] = ()
        self._lines: list[Content] = []
        self._given: list[str] = []  # of the parts, those from outside
        self._rows: list[_Row] = []
        self._laid_out = 0  # columns that the rows were broken for

    def show(self, parts: Sequence[Part], *, key: str = "") -> None:
        """Show paragraphs: text from outside as str, our own words as Content."""
        lines, self._parts = _lines_in(parts, self._columns), parts
        if key == self.key and _same(lines, self._lines):
            return
        given = [*_given(parts)]
        other, self.key = key != self.key, key
        if other or given != self._given:
            self.end_seen = False
        self._lines, self._given = lines, given
        self._lay_out()
        if other:
            self._go(y=0)

    def clear(self) -> None:
        self.show([])

    # Layout and painting

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        columns = self._columns
        if columns != self._laid_out and any(isinstance(p, Drawn) for p in self._parts):
            self._lines = _lines_in(self._parts, columns)
        self._laid_out = columns
        self._rows = [
            _Row(index, start, end)
            for index, line in enumerate(self._lines)
            for start, end in wrap(line.plain, columns, words=True)
        ]
        set_extent(self, Size(0, len(self._rows)))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base = self.visual_style
        width, at = self.size.width, self.scroll_offset.y + y
        if at >= len(self._rows):
            return Strip.blank(width, base.rich_style)
        if at == len(self._rows) - 1:
            self._end_painted()
        row = self._rows[at]
        text = self._selected(self._lines[row.line], row.line)[row.start : row.end]
        strip = Strip(segments(self, text, base)).apply_offsets(row.start, row.line)
        return strip.adjust_cell_length(width, base.rich_style)

    def _end_painted(self) -> None:
        # Rows broken for another width are about to move: what they show isn't seen.
        if not self.end_seen and self._laid_out == self._columns:
            self.end_seen = True
            post(self, self.EndSeen(self, self.key))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(line.plain for line in self._lines)), "\n"


def _given(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        if not isinstance(part, Content):
            yield part.text if isinstance(part, Drawn) else part


def _lines_in(parts: Sequence[Part], columns: int) -> list[Content]:
    return [line for part in parts for line in _lines_of(part, columns)]


def _lines_of(part: Part, columns: int) -> Iterator[Content]:
    if isinstance(part, Drawn):
        lines = part.draw(columns)
        yield from _lines_of(part.text, columns) if lines is None else lines
        return
    if isinstance(part, Content):
        yield from part.split("\n", allow_blank=True)
        return
    for line in show_gaps(part).split("\n"):
        yield plain(line).highlight_regex(SPELT, style=".document--spelt")


def _same(some: Sequence[Content], others: Sequence[Content]) -> bool:
    return len(some) == len(others) and all(map(Content.is_same, some, others))
