"""Moving over rows of text by keys, at once and without animation."""

from __future__ import annotations

from textual.content import Content

from tui.widgets.moving import Moving


class Reading(Moving):
    """Rows that are read, not chosen from; their text can be selected and copied."""

    @property
    def at(self) -> int:
        return self.scroll_offset.y

    @property
    def last(self) -> int:
        return self.max_scroll_y

    @property
    def in_sight(self) -> int:
        return self.size.height

    def move_to(self, row: int) -> None:
        self._go(y=row)

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
