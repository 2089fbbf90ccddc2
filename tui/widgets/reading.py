"""Moving over rows of text by keys, at once and without animation."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.scroll_view import ScrollView


class Reading(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows that are read, not chosen from; their text can be selected and copied."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "down", "Down", show=False, id="text.down"),
        Binding("k,up", "up", "Up", show=False, id="text.up"),
        Binding("ctrl+d", "half_down", "Half a page down", show=False, id="text.half"),
        Binding("ctrl+u", "half_up", "Half a page up", show=False, id="text.half_up"),
        Binding("pagedown", "whole_down", "Page down", show=False, id="text.page"),
        Binding("pageup", "whole_up", "Page up", show=False, id="text.page_up"),
        Binding("home", "cursor_top", "Top", show=False, id="text.top"),
        Binding("G,end", "cursor_bottom", "Bottom", show=False, id="text.bottom"),
    ]

    def action_down(self) -> None:
        self._scroll_by(1)

    def action_up(self) -> None:
        self._scroll_by(-1)

    def action_half_down(self) -> None:
        self._scroll_by(max(1, self.size.height // 2))

    def action_half_up(self) -> None:
        self._scroll_by(-max(1, self.size.height // 2))

    def action_whole_down(self) -> None:
        self._scroll_by(max(1, self.size.height - 1))

    def action_whole_up(self) -> None:
        self._scroll_by(-max(1, self.size.height - 1))

    def action_cursor_top(self) -> None:
        self._go(y=0)

    def action_cursor_bottom(self) -> None:
        self._go(y=self.max_scroll_y)

    def _scroll_by(self, rows: int) -> None:
        self._go(y=self.scroll_offset.y + rows)

    def _go(self, *, x: int | None = None, y: int | None = None) -> None:
        self.scroll_to(x=x, y=y, animate=False, force=True)

    @property
    def _columns(self) -> int:
        # The scrollbar's column is left free: it must not change how lines wrap.
        return max(1, self.size.width - 1)

    def _selected(self, content: Content, line: int) -> Content:
        """The content of a line, with what of it is selected shown as that."""
        selection = self.text_selection
        span = selection.get_span(line) if selection else None
        if span is None:
            return content
        start, end = span
        return content.stylize("reverse", start, len(content) if end < 0 else end)
