"""Markdown drawn to be read before one decides: nothing of it is hidden or obeyed.

Links say where they lead, HTML and pictures are text. Where a letter of the source
would not be on the screen, the source itself is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from textual.content import Content

from tui.unusual import show_gaps
from tui.widgets.document import SPELT
from tui.widgets.safe import plain
from tui.widgets.wrapping import wrap

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LARGEST = 30_000  # characters that are drawn, in less time than a key takes to be felt
LONGEST = 4_000  # characters of a paragraph: brackets cost the square of their number
NARROWEST = 8  # columns that text keeps, however deep it stands
BOX = re.compile(r"\[([ xX])\] +")
STYLES = {"strong": "bold", "em": "italic", "s": "strike", "link": "underline"}
CODE = "$text-accent"
QUIET = "$foreground-muted"
HEADINGS = {"h1": "bold underline $text-accent", "h2": "bold $text-accent"}
BETWEEN = " │ "  # two cells of a table


@lru_cache(maxsize=8)
def drawn(text: str, columns: int) -> tuple[Content, ...] | None:
    """Its lines, broken for so many columns; None for what is shown as written."""
    if len(text) > LARGEST:
        return None
    tokens = blocks().parse(text)
    if _letters(text) != "".join(map(_letters_of, tokens)):
        return None
    return tuple(_Drawing(columns).of(tokens))


@cache
def blocks() -> MarkdownIt:
    """Finds the blocks and leaves what stands in them."""
    reader = _reader()
    reader.core.ruler.disable("inline")
    return reader


@cache
def words() -> MarkdownIt:
    return _reader()


def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt  # with the first document that is drawn

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.enable("strikethrough")
    # Each of them would keep something of the text off the screen.
    reader.disable(["reference", "entity", "image", "html_block", "html_inline"])
    reader.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return reader


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _letters_of(token: Token) -> str:
    """Those of what is said, in the order in which it stands."""
    said = token.info if token.type in ("fence", "list_item_open") else ""
    return _letters(said + token.content)


class _Around:
    """A list's item, a quote or code around what is drawn: what stands before lines."""

    def __init__(self, first: str, rest: str, style: str = "") -> None:
        self.first, self.rest, self.style = first, rest, style
        self.begun = False

    def head(self) -> Content:
        text, self.begun = (self.rest if self.begun else self.first), True
        return plain(text, self.style)


class _Drawing:
    """Goes through the tokens of a text once, from its beginning to its end."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.lines: list[Content] = []
        self.around: list[_Around] = []
        self.style = ""  # of the heading that is drawn
        self.tight = False  # the paragraph stands in a list without empty lines
        self.table: list[list[Content]] | None = None

    def of(self, tokens: Sequence[Token]) -> list[Content]:
        for token in tokens:
            self.draw(token)
        return self.lines

    def draw(self, token: Token) -> None:
        match token.type:
            case "list_item_open":
                mark = f"{token.info}{token.markup} " if token.info else "• "
                self.around.append(_Around(mark, " " * len(mark), "$text-accent"))
            case "blockquote_open":
                self.part()
                self.around.append(_Around("│ ", "│ ", QUIET))
            case "list_item_close" | "blockquote_close":
                self.close()
            case "bullet_list_open" | "ordered_list_open" if not self.around:
                self.part()
            case "paragraph_open":
                self.tight = token.hidden
            case "heading_open":
                self.style = HEADINGS.get(token.tag, "bold")
            case "heading_close":
                self.style = ""
            case "table_open":
                self.table = []
            case "tr_open" if self.table is not None:
                self.table.append([])
            case "table_close":
                self.part()
                self.draw_table()
            case "inline":
                self.inline(token.content)
            case "fence" | "code_block":
                self.code(token)
            case "hr":
                self.part()
                self.put(plain("─" * self.room, QUIET))

    def close(self) -> None:
        """Out of an item or a quote; an empty item has its mark all the same."""
        if not self.around[-1].begun:
            self.put(Content(""))
        self.around.pop()

    # What is said

    def inline(self, text: str) -> None:
        if self.table:
            self.table[-1].append(said(text, self.style))
            return
        if not self.tight:
            self.part()
        if self.around and not self.around[-1].begun and (box := BOX.match(text)):
            self.around[-1].first = "☐ " if box[1] == " " else "☑ "
            text = text[box.end() :]
        for line in said(text, self.style).split("\n", allow_blank=True):
            self.put(line)
        self.tight = False

    def code(self, token: Token) -> None:
        self.part()
        self.around.append(_Around("┆ ", "┆ ", QUIET))
        if token.info.strip():
            self.put(plain(token.info.strip(), QUIET))
        for line in show_gaps(token.content).removesuffix("\n").split("\n"):
            self.put(_spelt(plain(line, CODE)), by_words=False)
        self.around.pop()

    def draw_table(self) -> None:
        """Columns side by side where they fit; else each row's cells one by one."""
        (head, *rows), self.table = self.table or [[]], None
        columns = zip(head, *rows, strict=True)  # cells that are missing are there
        widths = [max(c.cell_length for c in column) for column in columns]
        if sum(widths) + len(BETWEEN) * (len(widths) - 1) <= self.room:
            self.put(_row([cell.stylize("bold") for cell in head], widths))
            self.put(plain("─┼─".join("─" * width for width in widths), QUIET))
            for row in rows:
                self.put(_row(row, widths))
            return
        for number, row in enumerate(rows):
            if number:
                self.put(Content(""))
            for name, cell in zip(head, row, strict=False):
                self.put(Content.assemble(name.stylize("bold"), ": ", cell))

    # Lines

    @property
    def room(self) -> int:
        used = sum(len(each.rest) for each in self.around)
        return max(NARROWEST, self.columns - used)

    def part(self) -> None:
        """An empty line before what comes; none where all, or an item, begins."""
        if self.lines and all(each.begun for each in self.around):
            self.put(Content(""))

    def put(self, content: Content, *, by_words: bool = True) -> None:
        for start, end in wrap(content.plain, self.room, words=by_words):
            heads = [each.head() for each in self.around]
            self.lines.append(Content.assemble(*heads, content[start:end]))


def said(text: str, style: str = "") -> Content:
    """A paragraph with what is strong, code or a link; where that loses, as written."""
    if len(text) <= LONGEST:
        pieces = [*_pieces(words().parseInline(show_gaps(text))[0].children or [])]
        if _letters("".join(each for each, _ in pieces)) == _letters(show_gaps(text)):
            parts = [
                plain(each, f"{style} {own}".strip(), multiline=True)
                for each, own in pieces
            ]
            return _spelt(Content.assemble(*parts))
    return _spelt(plain(show_gaps(text), style, multiline=True))


def _pieces(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Each text with its style; after a link where it leads, if it doesn't say so."""
    styles: list[str] = []
    link, linked = "", ""
    for token in tokens:
        name, _, way = token.type.rpartition("_")
        text = {"softbreak": " ", "hardbreak": "\n"}.get(token.type, token.content)
        if way == "open":
            styles.append(STYLES.get(name, ""))
            if name == "link":
                title = token.attrs.get("title", "")
                link, linked = f"{token.attrs['href']}{f' {title}' * bool(title)}", ""
        elif way == "close":
            styles.pop()
            if name == "link" and link not in (linked, f"mailto:{linked}"):
                yield f" ({link})", QUIET
        else:
            linked += text
            own = [CODE] if token.type == "code_inline" else []
            yield text, " ".join([*styles, *own])


def _row(cells: Sequence[Content], widths: Sequence[int]) -> Content:
    padded = [
        cell.pad_right(width - cell.cell_length)
        for cell, width in zip(cells, widths, strict=False)
    ]
    return plain(BETWEEN, QUIET).join(padded)


def _spelt(content: Content) -> Content:
    return content.highlight_regex(SPELT, style=".document--spelt")
