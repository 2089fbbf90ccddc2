"""A list of any length that knows its rows by key and paints only those in sight."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content, Span
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from tui.widgets.columns import GAP, Column, fit
from tui.widgets.lines import fill, paint, post, segments, set_extent
from tui.widgets.moving import Moving
from tui.widgets.safe import plain

__all__ = ["Column", "VTable"]

Cell = Content | str
RowOf = Callable[[str], Sequence[Cell]]

HEADER = 1
GUTTER = 2  # > at the cursor, * at a marked row


@dataclass(frozen=True)
class _Row:
    """All that decides how a row looks; equal rows are not painted again."""

    key: str
    cells: tuple[tuple[str, tuple[Span, ...]], ...]
    cursor: bool
    marked: bool


class VTable(Moving):
    """Rows are fetched by key when they are painted; the cursor stays on its key."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "vtable--header",
        "vtable--cursor",
        "vtable--marked",
        "vtable--empty",
    }
    DEFAULT_CSS = """
    VTable {
        height: 1fr;
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .vtable--header { color: $text-muted; text-style: bold; }
        & > .vtable--cursor { text-style: bold; }
        & > .vtable--marked { color: $text-warning; }
        & > .vtable--empty { color: $text-muted; }
        &:focus > .vtable--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: bold;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,l,right", "open", "Open", show=False, id="list.open"),
    ]

    class Selected(Message):
        """The cursor stands on another key; None when there are no rows."""

        def __init__(self, table: VTable, key: str | None) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> VTable:
            return self.table

    class Opened(Message):
        """The row under the cursor was asked for."""

        def __init__(self, table: VTable, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> VTable:
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        id: str | None = None,  # noqa: A002 - the name every widget has for it
        classes: str | None = None,
        empty: str = "",
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.marked: set[str] = set()
        self._empty = empty
        self._keys: list[str] = []
        self._row_of: RowOf = _no_cells
        self._cursor = 0
        self._painted: dict[int, _Row] = {}

    # What is shown

    def show(
        self, keys: Sequence[str], row: RowOf, hidden: Collection[str] = ()
    ) -> None:
        """Show these keys, in this order; `row` gives the cells of one, when painted.

        The cursor stays on its key. Where that is gone it goes to the next key that is
        still there, else to the one before. Marks of keys that are gone are gone too,
        but of those that are `hidden`: another row stands for them.
        """
        before, was = self._keys, self.selected
        offset = self._cursor - self._top
        self._keys, self._row_of = list(keys), row
        self._cursor = _where(before, self._cursor, self._keys)
        if self.marked:
            self.marked.intersection_update({*self._keys, *hidden})
        set_extent(self, Size(0, len(self._keys) + HEADER))
        self._settle(offset)
        self.refresh_rows()
        if self.selected != was:
            post(self, self.Selected(self, self.selected))

    def refresh_rows(self) -> None:
        """Fetch the rows in sight again; those that look as before stay as painted."""
        if not self.is_mounted:
            return
        if bool(self._keys) != bool(self._painted):
            self.refresh()
            return
        for y in range(HEADER, self.size.height):
            index = self._top + y - HEADER
            row = self._row(index) if index < len(self._keys) else None
            if row != self._painted.get(y):
                self._refresh_y(y)

    def refresh_row(self, key: str) -> None:
        """Fetch and paint one row again, if it is in sight."""
        for y, row in self._painted.items():
            if row.key == key:
                self._refresh_y(y)

    @property
    def keys(self) -> Sequence[str]:
        return self._keys

    @property
    def empty(self) -> str:
        """What stands here without rows: what this is, and how to fill it."""
        return self._empty

    @empty.setter
    def empty(self, text: str) -> None:
        self._empty = text
        if not self._keys:
            self.refresh()

    # The cursor

    @property
    def selected(self) -> str | None:
        """The key under the cursor."""
        return self._keys[self._cursor] if self._keys else None

    def select(self, key: str) -> bool:
        """Put the cursor on a key; False when there is no such row."""
        if key not in self._keys:
            return False
        self.move_to(self._keys.index(key))
        return True

    @property
    def at(self) -> int:
        return self._cursor

    @property
    def last(self) -> int:
        return len(self._keys) - 1

    @property
    def in_sight(self) -> int:
        return max(0, self.size.height - HEADER)

    def action_open(self) -> None:
        if self.selected is not None:
            post(self, self.Opened(self, self.selected))

    def move_to(self, row: int) -> None:
        index = max(0, min(row, self.last))
        if not self._keys or index == self._cursor:
            return
        before, self._cursor = self._cursor, index
        self._bring_into_sight()
        self._refresh_index(before)
        self._refresh_index(index)
        post(self, self.Selected(self, self.selected))

    # Where things are

    @property
    def _top(self) -> int:
        return self.scroll_offset.y

    def _settle(self, offset: int) -> None:
        """Keep the cursor where it was on the screen, unless the top is in sight."""
        if self._top > 0 and self.in_sight:
            self.scroll_to(y=self._cursor - offset, animate=False, force=True)
        self._bring_into_sight()

    def _bring_into_sight(self) -> None:
        """Jump half a page at the edge: a scroll repaints all, a move two rows."""
        if self.in_sight and not 0 <= self._cursor - self._top < self.in_sight:
            target = self._cursor - self.in_sight // 2
            self.scroll_to(y=max(0, target), animate=False, force=True)

    def _refresh_index(self, index: int) -> None:
        self._refresh_y(index - self._top + HEADER)

    def _refresh_y(self, y: int) -> None:
        if HEADER <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def on_resize(self) -> None:
        self._painted.clear()
        self._bring_into_sight()

    # Painting

    def render_line(self, y: int) -> Strip:
        if y < HEADER:
            return self._header_strip()
        if not self._keys:
            return self._empty_strip(y - HEADER)
        index = self._top + y - HEADER
        if index >= len(self._keys):
            self._painted.pop(y, None)
            return Strip.blank(self.size.width, self.visual_style.rich_style)
        row = self._painted[y] = self._row(index)
        return self._row_strip(row)

    def _row(self, index: int) -> _Row:
        key = self._keys[index]
        cells = (c if isinstance(c, Content) else plain(c) for c in self._row_of(key))
        looks = tuple((cell.plain, tuple(cell.spans)) for cell in cells)
        return _Row(key, looks, index == self._cursor, key in self.marked)

    def _row_strip(self, row: _Row) -> Strip:
        base = self.visual_style
        if row.marked:
            base = self.get_visual_style("vtable--marked")
        if row.cursor:
            base = self.get_visual_style("vtable--cursor")
        gutter = (">" if row.cursor else " ") + ("*" if row.marked else " ")
        # On the cursor's colour a colour of one's own may not be seen: blue on blue.
        plainly = row.cursor and self.has_focus
        cells = [
            Content(text, [] if plainly else list(spans)) for text, spans in row.cells
        ]
        parts = [Segment(gutter, base.rich_style)]
        for nth, (index, width) in enumerate(fit(self.columns, self._room)):
            cell = cells[index] if index < len(cells) else Content("")
            if nth:
                parts.append(Segment(" " * GAP, base.rich_style))
            parts += segments(self, _sized(cell, self.columns[index], width), base)
        return fill(parts, self.size.width, base)

    def _header_strip(self) -> Strip:
        titles = " " * GUTTER + (" " * GAP).join(
            _sized(plain(self.columns[index].title), self.columns[index], width).plain
            for index, width in fit(self.columns, self._room)
        )
        style = self.get_visual_style("vtable--header")
        return paint(self, Content(titles), self.size.width, style)

    def _empty_strip(self, y: int) -> Strip:
        self._painted.clear()
        lines = self._empty.split("\n")
        text = plain(lines[y]) if y < len(lines) else Content("")
        style = self.get_visual_style("vtable--empty")
        return paint(self, text.pad_left(GUTTER), self.size.width, style)

    @property
    def _room(self) -> int:
        return max(1, self.size.width - self.scrollbar_size_vertical - GUTTER)

    # The mouse

    def on_click(self, event: events.Click) -> None:
        index = self._top + event.y - self.gutter.top - HEADER
        if event.y - self.gutter.top < HEADER or not 0 <= index < len(self._keys):
            return
        self.move_to(index)
        if event.chain == 2:
            self.action_open()


def _no_cells(key: str) -> Sequence[Cell]:
    return ()


def _where(before: Sequence[str], cursor: int, after: Sequence[str]) -> int:
    """The index in `after` of the key under the cursor, or of its nearest neighbour."""
    if not before or not after:
        return 0
    if cursor < len(after) and after[cursor] == before[cursor]:
        return cursor
    places = {key: index for index, key in enumerate(after)}
    for key in (*before[cursor:], *reversed(before[:cursor])):
        if key in places:
            return places[key]
    return min(cursor, len(after) - 1)


def _sized(content: Content, column: Column, width: int) -> Content:
    """A cell of exactly `width` columns."""
    cut = content.first_line.truncate(width, ellipsis=True)
    missing = max(0, width - cut.cell_length)
    if column.align == "right":
        return cut.pad_left(missing)
    return cut.pad_right(missing)
