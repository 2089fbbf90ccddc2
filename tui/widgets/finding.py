"""Going from one line of a log to the next that has a text, or is otherwise wanted."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.widgets.logtext import LogLine, LogText
from tui.widgets.reading import Reading


class Finding(Reading):
    """Looks on from the line it went to last, while that is in sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "find_next", "Next", show=False, id="log.find_next"),
        Binding("N", "find_previous", "Before", show=False, id="log.find_previous"),
    ]
    text: LogText
    needle = ""
    _found_at = -1  # the line that a search last went to

    def find(self, text: str) -> int:
        """Look for a text, whatever its case: how many lines have it. "" ends it."""
        self.needle = text
        self.refresh()
        if not text:
            return 0
        found = self.text.count(text)
        if found:
            self._found_at = self._top_line - 1
            self.action_find_next()
        return found

    def action_find_next(self) -> None:
        if not self.find_on():
            self._find(0, 1)

    def action_find_previous(self) -> None:
        if not self.find_on(back=True):
            self._find(len(self.text.lines) - 1, -1)

    def find_on(self, *, back: bool = False) -> bool:
        """Go to the next line that has the text, or the one before; False without."""
        step = -1 if back else 1
        return self._find(self._current + step, step)

    def seek(
        self, wanted: Callable[[LogLine], bool], *, start: int | None = None
    ) -> bool:
        """Go to the next line that is wanted, or the first from `start` on."""
        first = self._current + 1 if start is None else start
        return self._go_to_first(first, 1, lambda i: self._begins(wanted, i))

    def seek_round(self, wanted: Callable[[LogLine], bool], *, back: bool) -> bool:
        """Go to the first line of all that is wanted; with `back`, to the last."""
        start, step = (len(self.text.lines) - 1, -1) if back else (0, 1)
        return self._go_to_first(start, step, lambda i: self._begins(wanted, i))

    def _begins(self, wanted: Callable[[LogLine], bool], index: int) -> int:
        """Where what is wanted of a line begins: the text that is looked for, or it."""
        if not wanted(self.text.lines[index]):
            return -1
        return max(0, self.text.holds(index, self.needle) if self.needle else 0)

    @property
    def _top_line(self) -> int:
        if not self.text.rows:
            return 0
        return self.text.locate(min(self.scroll_offset.y, self.text.rows - 1))[0]

    @property
    def _current(self) -> int:
        top = self._top_line
        in_sight = top <= self._found_at < top + self.size.height
        return self._found_at if in_sight else top - 1

    def _find(self, start: int, step: int) -> bool:
        if not self.needle:
            return False
        return self._go_to_first(start, step, lambda i: self.text.holds(i, self.needle))

    def _go_to_first(self, start: int, step: int, at: Callable[[int], int]) -> bool:
        stop = len(self.text.lines) if step > 0 else -1
        for index in range(start, stop, step):
            if (character := at(index)) >= 0:
                self._found_at = index
                self._show_character(index, character)
                return True
        return False

    @abstractmethod
    def _show_character(self, index: int, character: int) -> None:
        """Bring a place into sight, with some of what is before it."""
