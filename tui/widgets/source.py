"""A definition's text as its author sees it: numbered, coloured, problems marked."""

from __future__ import annotations

from collections.abc import Collection

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip

from tui.text import show
from tui.widgets.document import SPELT, Document
from tui.widgets.safe import plain

LARGEST = 200_000  # characters that are coloured; of more, nobody reads the colours


def coloured(text: str) -> Content:
    """YAML with its syntax in colours; nothing of it is hidden or read as markup."""
    # Made safe first: the colours are put where the characters then stand.
    code = show(text, multiline=True)
    if len(code) > LARGEST:
        return plain(code, multiline=True)
    from textual.highlight import highlight  # Pygments: not for the first paint

    return highlight(code, language="yaml").highlight_regex(
        SPELT, style=".document--spelt"
    )


def coloured_diff(lines: Collection[str]) -> Content:
    styles = {"+": "$text-success", "-": "$text-error", "@": "$text-accent"}
    return Content("\n").join(plain(line, styles.get(line[:1], "")) for line in lines)


class Source(Document):
    """The lines of a text with their numbers; those in `wrong` with a mark."""

    wrong: Collection[int] = ()
    numbered = True

    def show_code(
        self, code: Content, *, key: str, wrong: Collection[int] = (), numbered: bool
    ) -> None:
        self.wrong, self.numbered = frozenset(wrong), numbered
        self.show([code], key=key)
        self._lay_out()

    def go_to(self, line: int) -> None:
        """Bring a line into sight, with what stands before it."""
        rows = [n for n, row in enumerate(self._rows) if row.line == line - 1]
        self._go(y=max(0, min(rows, default=0) - 3))

    @property
    def top_line(self) -> int:
        """The number of the first line in sight."""
        at = self.scroll_offset.y
        return self._rows[at].line + 1 if at < len(self._rows) else 1

    @property
    def _room(self) -> int:
        return len(str(len(self._lines))) + 2 if self.numbered else 0

    @property
    def _columns(self) -> int:
        return max(1, self.size.width - 1 - self._room)

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        at = self.scroll_offset.y + y
        if not self._room or at >= len(self._rows):
            return strip
        row = self._rows[at]
        number = f"{row.line + 1:>{self._room - 2}}" if row.start == 0 else ""
        mark = "✗" if row.line + 1 in self.wrong and number else " "
        name = "document--wrong" if mark == "✗" else "document--number"
        style = self.get_visual_style(name).rich_style
        head = Segment(f"{number:>{self._room - 2}}{mark} ", style)
        return Strip.join([Strip([head]), strip.crop(0, self.size.width - self._room)])

    COMPONENT_CLASSES = {"document--number", "document--wrong"}
    DEFAULT_CSS = """
    Source {
        & > .document--number { color: $text-muted; }
        & > .document--wrong { color: $text-error; text-style: bold; }
    }
    """
