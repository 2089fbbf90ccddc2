"""What keys move over: a list by its cursor, a text by its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.scroll_view import ScrollView


class Moving(ScrollView, can_focus=True, inherit_bindings=False):
    """Says where it is and how to go to a row, and has every move from that."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "cursor_down", "Down", show=False, id="list.down"),
        Binding("k,up", "cursor_up", "Up", show=False, id="list.up"),
        Binding("ctrl+d", "half_down", "Half a page down", show=False, id="list.half"),
        Binding("ctrl+u", "half_up", "Half a page up", show=False, id="list.half_up"),
        Binding("pagedown", "page_down", "Page", show=False, id="list.page"),
        Binding("pageup", "page_up", "Page up", show=False, id="list.page_up"),
        Binding("home", "cursor_top", "Top", show=False, id="list.top"),
        Binding("G,end", "cursor_bottom", "Bottom", show=False, id="list.bottom"),
    ]

    @property
    def at(self) -> int:
        """The row that one is at."""
        raise NotImplementedError

    @property
    def last(self) -> int:
        """The last row one can be at."""
        raise NotImplementedError

    @property
    def in_sight(self) -> int:
        """Rows that are seen at once."""
        raise NotImplementedError

    def move_to(self, row: int) -> None:
        """Go to a row, or to the nearest there is."""
        raise NotImplementedError

    def moves(self) -> dict[str, Callable[[], None]]:
        """Its moves, by the id of the action that is for them."""
        return {
            "list.down": self.action_cursor_down,
            "list.up": self.action_cursor_up,
            "list.page_down": self.action_half_down,
            "list.page_up": self.action_half_up,
            "list.top": self.action_cursor_top,
            "list.bottom": self.action_cursor_bottom,
        }

    def action_cursor_down(self) -> None:
        self.move_to(self.at + 1)

    def action_cursor_up(self) -> None:
        self.move_to(self.at - 1)

    def action_half_down(self) -> None:
        self.move_to(self.at + max(1, self.in_sight // 2))

    def action_half_up(self) -> None:
        self.move_to(self.at - max(1, self.in_sight // 2))

    def action_page_down(self) -> None:
        self.move_to(self.at + max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        self.move_to(self.at - max(1, self.size.height - 1))

    def action_cursor_top(self) -> None:
        self.move_to(0)

    def action_cursor_bottom(self) -> None:
        self.move_to(self.last)
