"""A log of any length that follows its end until someone reads, and sends little."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from tui.widgets.finding import Finding
from tui.widgets.lines import fill, paint, post, segments, set_extent
from tui.widgets.logtext import LineLike, LogLine, LogText
from tui.widgets.safe import plain

__all__ = ["LogLine", "VLog"]

SIDEWAYS = 10  # columns a key moves
AT_MOST_EVERY = 0.1  # seconds between repaints of a log that grows
OVER_SSH = 0.2


class VLog(Finding):
    """Lines appended are painted ten times a second at most, five over SSH."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "vlog--stamp",
        "vlog--found",
        "vlog--new",
        "vlog--empty",
    }
    # A muted colour is made for a ground: without one of its own, for black.
    DEFAULT_CSS = """
    VLog {
        height: 1fr;
        background: $surface;
        color: $foreground;
        overflow-x: auto;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        & > .vlog--stamp { background: $surface; color: $text-muted; }
        & > .vlog--found { text-style: reverse; }
        & > .vlog--empty { color: $text-muted; }
        & > .vlog--new { text-style: bold reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h,left", "left", "Left", show=False, id="log.left"),
        Binding("l,right", "right", "Right", show=False, id="log.right"),
        Binding("0", "line_start", "Start of lines", show=False, id="log.line_start"),
        Binding(
            "dollar_sign", "line_end", "End of lines", show=False, id="log.line_end"
        ),
        Binding("F", "follow", "Follow", show=False, id="log.follow"),
        Binding("w", "wrap", "Wrap", show=False, id="log.wrap"),
        Binding("t", "stamps", "Times", show=False, id="log.times"),
    ]

    class Following(Message):
        """The log follows its end again, or has stopped to."""

        def __init__(self, log: VLog, following: bool) -> None:
            super().__init__()
            self.vlog = log
            self.following = following

        @property
        def control(self) -> VLog:
            return self.vlog

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - the name every widget has for it
        classes: str | None = None,
        empty: str = "",
        every: float | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.text = LogText()
        self.following = True
        self.wrapped = False
        self.waiting = 0  # lines that came since the log stopped following
        self.empty = empty
        slow = OVER_SSH if os.environ.get("SSH_CONNECTION") else AT_MOST_EVERY
        self._every = slow if every is None else every
        self._next_paint = 0.0
        self._timer: Timer | None = None
        self._changed_from: int | None = None
        self._adjusting = False
        self._is_late = False  # for another size than it is laid out for

    # What comes in

    def append(self, lines: Sequence[LineLike]) -> None:
        if lines:
            before, row = len(self.text.lines), self.text.rows
            self.text.add(lines)
            self._grown(row, len(self.text.lines) - before)

    def extend_last(self, text: str) -> None:
        """Continue the last line, as a model's tokens come."""
        before = len(self.text.lines)
        row = self.text.extend_last(text)
        self._grown(row, len(self.text.lines) - before)

    def take(self, text: LogText) -> None:
        """Show these lines instead; what stands at the top stays, if it is among them.

        Nothing is said by that of whether the end is followed.
        """
        top, found = self._place(self._top_line), self._place(self._found_at)
        within = self.scroll_offset.y - self.text.row_of(self._top_line)
        if (text.columns, text.stamps) != (self.text.columns, self.text.stamps):
            text.stamps = self.text.stamps
            text.lay_out(self.text.columns)
        self._stop_timer()
        self.text, self._changed_from = text, None
        self._found_at = -1 if found is None else self._index(*found)
        with self._adjust():
            self._measure()
            if top is not None and not self.following:
                self._go(y=text.row_of(self._index(*top)) + within)
            self._stay_at_end()
        self.refresh()

    def _place(self, index: int) -> tuple[int, int] | None:
        """How a line is found again among others."""
        stands = 0 <= index < len(self.text.lines)
        return self.text.place_of(index) if stands else None

    def _index(self, key: int, nth: int) -> int:
        """Where that line is; it may have become the end of a longer one."""
        lines = self.text.lines
        index = self.text.index_of(key)
        same = index < len(lines) and lines[index].key == key
        return max(0, min(index + nth if same else index - 1, len(lines) - 1))

    def clear(self) -> None:
        self.text.clear()
        self.waiting, self._changed_from = 0, None
        self._set_following(True)
        self._found_at = -1
        self._stop_timer()
        self._measure()
        self._go(x=0, y=0)
        self.refresh()

    def _grown(self, row: int, lines: int) -> None:
        if not self.following:
            self.waiting += lines
        first = row if self._changed_from is None else min(row, self._changed_from)
        self._changed_from = first
        if self._timer is not None or not self.is_mounted:
            return
        wait = self._next_paint - monotonic()
        if wait <= 0:
            self._catch_up()
        else:
            self._timer = self.set_timer(wait, self._catch_up)

    def _catch_up(self) -> None:
        """Paint what came since the last time, and only that."""
        self._stop_timer()
        self._next_paint = monotonic() + self._every
        row, self._changed_from = self._changed_from, None
        if row is None:
            return
        dropped = self.text.drop_oldest()
        with self._adjust():
            top = max(0, self.scroll_offset.y - dropped)
            self._measure()
            if dropped:
                self._found_at = -1
                self._go(y=top)
        self._refresh_from(row - dropped if not dropped else 0)
        self._stay_at_end()

    def _refresh_from(self, row: int) -> None:
        height = self.size.height
        first = max(0, row - self.scroll_offset.y)
        if row <= 0:
            self.refresh()
        elif first < height:
            self.refresh(Region(0, first, self.size.width, height - first))
        elif self.waiting:
            self.refresh_marker()

    def refresh_marker(self) -> None:
        if height := self.size.height:
            self.refresh(Region(0, height - 1, self.size.width, 1))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    # Following

    def action_follow(self) -> None:
        self._set_following(True)
        self._stay_at_end()
        self.refresh()

    @property
    def ends(self) -> bool:
        """Whether the last line that is held is the last there is."""
        return True

    def moved(self) -> None:
        """Someone has scrolled."""

    def _stay_at_end(self) -> None:
        if self.following:
            self._go(y=self.max_scroll_y)

    def _set_following(self, following: bool) -> None:
        if following:
            self.waiting = 0
        if following != self.following:
            self.following = following
            post(self, self.Following(self, following))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._adjusting and round(new_value) != round(old_value):
            at_end = round(new_value) >= self.max_scroll_y
            self._set_following(at_end and self.ends)
            self.moved()

    @contextmanager
    def _adjust(self) -> Iterator[None]:
        """A scroll in here is ours: it says nothing about what the person wants."""
        self._adjusting = True
        try:
            yield
        finally:
            self._adjusting = False

    # Moving

    def action_cursor_bottom(self) -> None:
        self.action_follow()

    def action_left(self) -> None:
        self._go(x=self.scroll_offset.x - SIDEWAYS)

    def action_right(self) -> None:
        self._go(x=self.scroll_offset.x + SIDEWAYS)

    def action_line_start(self) -> None:
        self._go(x=0)

    def action_line_end(self) -> None:
        self._go(x=self.max_scroll_x)

    # How it looks

    def action_wrap(self) -> None:
        self.wrapped = not self.wrapped
        self._lay_out()

    def action_stamps(self) -> None:
        self.text.stamps = not self.text.stamps
        self._lay_out()

    def on_mount(self) -> None:
        self._lay_out()

    def on_resize(self) -> None:
        if self.wrapped:
            self._lay_out()
        else:
            self._measure()
            self._stay_at_end()

    def _lay_out_soon(self) -> None:
        if not self._is_late:
            self._is_late = True
            self.call_later(self._lay_out)

    def _lay_out(self) -> None:
        """Count rows again; the line at the top stays there, or the end in sight."""
        self._is_late = False
        top = self._top_line
        self.text.lay_out(self._columns if self.wrapped else 0)
        with self._adjust():
            self._measure()
            if self.text.rows and not self.following:
                self._go(y=self.text.row_of(top))
            self._stay_at_end()
        self.refresh()

    def _measure(self) -> None:
        across = 0 if self.wrapped else self.text.widest
        set_extent(self, Size(across, self.text.rows))

    def _show_character(self, index: int, character: int) -> None:
        """Bring a place into sight, with some of what is before it."""
        self._set_following(False)
        top = self.text.row_of(index, character) - self.size.height // 3
        column = 0 if self.wrapped else self.text.column(index, character)
        left = self.scroll_offset.x
        if not left <= column < left + self._columns - len(self.needle):
            left = max(0, column - self._columns // 2)
        if column < self._columns - len(self.needle):
            left = 0
        with self._adjust():
            self._go(x=left, y=max(0, top))

    # Painting

    def render_line(self, y: int) -> Strip:
        base = self.visual_style
        left, top = self.scroll_offset
        width = self.size.width
        if not self.text.rows:
            return self._empty_strip(y)
        if self.wrapped and self.text.columns != self._columns:
            self._lay_out_soon()  # painted before it has heard of its size, or never
            return fill([], width, base)
        strip = self._row(top + y) if top + y < self.text.rows else Strip([])
        strip = strip.crop(left, left + width)
        if y == self.size.height - 1 and (told := self.marker()):
            return self._with_marker(strip, width, told)
        return strip.adjust_cell_length(width, base.rich_style)

    def _row(self, row: int) -> Strip:
        index, start, end = self.text.locate(row)
        content = self._content(index)[start:end]
        painted = Strip(segments(self, content, self.visual_style))
        return painted.apply_offsets(start, index)

    def _empty_strip(self, y: int) -> Strip:
        lines = self.empty.split("\n")
        style = self.get_visual_style("vlog--empty")
        text = plain(lines[y]) if y < len(lines) else Content("")
        return paint(self, text, self.size.width, style)

    def _content(self, index: int) -> Content:
        line = self.text.lines[index]
        shown = line.shown(self.text.stamps)
        stamp = len(line.stamp) if self.text.stamps else 0
        content = Content(shown, strip_control_codes=False)
        if stamp:
            content = content.stylize(".vlog--stamp", 0, stamp)
        if line.style:
            content = content.stylize(line.style, stamp)
        if line.tag:
            tag = stamp + bool(stamp)
            content = content.stylize("bold", tag, tag + len(line.tag))
        return self._selected(self._found(content), index)

    def _found(self, content: Content) -> Content:
        text, needle = content.plain.lower(), self.needle.lower()
        at = text.find(needle) if needle else -1
        while at >= 0:
            content = content.stylize(".vlog--found", at, at + len(needle))
            at = text.find(needle, at + len(needle))
        return content

    def marker(self) -> str:
        """What stands at the end of the last row."""
        return f"+{self.waiting:,} new" if self.waiting else ""

    def _with_marker(self, strip: Strip, width: int, told: str) -> Strip:
        style = self.get_visual_style("vlog--new")
        marker = f" {told} "
        room = max(0, width - len(marker) - self.scrollbar_size_vertical)
        body = strip.adjust_cell_length(room, self.visual_style.rich_style)
        parts = [*body, Segment(marker, style.rich_style)]
        return fill(parts, width, self.visual_style)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        text = "\n".join(line.shown(self.text.stamps) for line in self.text.lines)
        return selection.extract(text), "\n"
