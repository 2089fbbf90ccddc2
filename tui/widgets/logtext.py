"""The lines of a log and the rows they take on a screen of a given width."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from sys import intern
from typing import NamedTuple, Protocol

from tui.text import show, width
from tui.widgets.packed import Packed
from tui.widgets.wrapping import at_most, wrap

LONGEST = 4096  # characters of a line that are shown; all of it is in the store
MOST = 200_000  # lines kept


class LineLike(Protocol):
    """A line as it comes in. `style` is a Textual style for tag and text, or ""."""

    @property
    def stamp(self) -> str: ...
    @property
    def tag(self) -> str: ...
    @property
    def style(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def key(self) -> int: ...


class LogLine(NamedTuple):
    """One line; `more` counts the characters that are not shown.

    By its `key` it is found again. Keys never get less, line by line.
    """

    stamp: str
    tag: str
    style: str
    text: str
    more: int = 0
    key: int = 0

    def shown(self, stamps: bool) -> str:
        parts = (self.stamp if stamps else "", self.tag, self.text)
        cut = f" … {self.more} more characters" if self.more else ""
        return " ".join(part for part in parts if part) + cut


class LogText:
    """Lines, and where their rows begin: `ends[i]` is the row after those of line i."""

    def __init__(self) -> None:
        self.lines = Packed(LogLine)
        self.stamps = True
        self.columns = 0  # 0: a line is a row, however long
        self.widest = 0
        self.oldest = 0  # the least key of a line that is kept
        self._ends = array("q")
        self._gone = 0  # rows of lines dropped since the last layout

    @property
    def rows(self) -> int:
        return self._ends[-1] - self._gone if self._ends else 0

    def clear(self) -> None:
        self.lines.clear()
        self._ends = array("q")
        self._gone = self.widest = 0

    def add(self, lines: Iterable[LineLike]) -> None:
        """Add lines; a text with newlines in it is several lines."""
        for line in lines:
            for text in line.text.split("\n"):
                # The same for many lines, and so kept once.
                stamp, tag = intern(show(line.stamp)), intern(show(line.tag))
                begun = LogLine(stamp, tag, line.style, "", key=line.key)
                self._add(_kept(begun, text))

    def extend_last(self, text: str) -> int:
        """Continue the last line; gives the row from which things look different."""
        if not self.lines:
            self.add([LogLine("", "", "", text)])
            return 0
        last = self.lines.pop()
        self._ends.pop()
        row = self.rows
        first, *rest = text.split("\n")
        self._add(_kept(last, first))
        self.add(last._replace(text=piece, more=0) for piece in rest)
        return row

    def drop_oldest(self) -> int:
        """Forget the oldest lines when there are far too many; gives rows dropped."""
        extra = self.index_of(self.oldest)
        if len(self.lines) > MOST * 1.1:
            extra = max(extra, len(self.lines) - MOST)
        if not extra:
            return 0
        rows = self._ends[extra - 1] - self._gone
        self._gone = self._ends[extra - 1]
        self.lines.drop(extra)
        del self._ends[:extra]
        return rows

    def lay_out(self, columns: int) -> None:
        """Count all rows again for a width; 0 columns for no wrapping."""
        self.columns = columns
        self._ends, self._gone, self.widest = array("q"), 0, 0
        for line in self.lines:
            self._count(line)

    def locate(self, row: int) -> tuple[int, int, int]:
        """The line of a row, and the first and last of its characters there."""
        index = bisect_right(self._ends, row + self._gone)
        if not self.columns:
            return index, 0, len(self.lines[index].shown(self.stamps))
        pieces = wrap(self.lines[index].shown(self.stamps), self.columns)
        return (index, *pieces[row - self.row_of(index)])

    def index_of(self, key: int) -> int:
        """The first line of that key, or where it would stand."""
        return bisect_left(self.lines, key, key=_key_of)

    def place_of(self, index: int) -> tuple[int, int]:
        """The key of a line, and how many lines before it have the same."""
        key = self.lines[index].key
        return key, index - self.index_of(key)

    def row_of(self, index: int, character: int = 0) -> int:
        """The row where a line begins, or where a character of it is."""
        row = (self._ends[index - 1] - self._gone) if index else 0
        if not character or not self.columns:
            return row
        pieces = wrap(self.lines[index].shown(self.stamps), self.columns)
        return row + sum(end <= character for _, end in pieces)

    def column(self, index: int, character: int) -> int:
        """The column where a character of a line is, when lines are not wrapped."""
        return width(self.lines[index].shown(self.stamps)[:character])

    def holds(self, index: int, needle: str) -> int:
        """Where a line has the text, whatever its case; -1 when it doesn't."""
        return self.lines[index].shown(self.stamps).lower().find(needle.lower())

    def count(self, needle: str) -> int:
        """How many lines have the text, whatever its case."""
        small, stamps = needle.lower(), self.stamps
        return sum(small in line.shown(stamps).lower() for line in self.lines)

    def _add(self, line: LogLine) -> None:
        self.lines.append(line)
        self._count(line)

    def _count(self, line: LogLine) -> None:
        before = self._ends[-1] if self._ends else self._gone
        text = line.shown(self.stamps)
        self.widest = max(self.widest, at_most(text))
        self._ends.append(before + self._height(text))

    def _height(self, text: str) -> int:
        if not self.columns or at_most(text) <= self.columns:
            return 1
        if text.isascii():
            return -(-len(text) // self.columns)
        return len(wrap(text, self.columns))


def _key_of(line: LogLine) -> int:
    return line.key


def _kept(line: LogLine, more: str) -> LogLine:
    """The line with more text, as far as it is shown."""
    room = LONGEST - len(line.text)
    if room <= 0:
        return line._replace(more=line.more + len(more))
    text = show(more[:room])
    return line._replace(text=line.text + text, more=line.more + len(more[room:]))
