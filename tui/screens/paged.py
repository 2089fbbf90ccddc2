"""A screen of pages, of which one is read: tab goes round them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.content import Content

from tui.screens.over import OverScreen
from tui.widgets.moving import Moving
from tui.widgets.safe import plain
from tui.widgets.vtable import VTable


class PagedScreen(OverScreen, inherit_bindings=False):
    """Each page is a list or a text, `#page-NAME`; the class `page-NAME` shows it.

    Where `beside` names a page, the first one has another at its side: that which was
    gone to, or `beside` itself. The class `side-NAME` shows it.
    """

    pages: ClassVar[Sequence[str]]
    page = ""
    beside: ClassVar[str] = ""

    def show_head(self) -> None:
        """Say which page this is."""
        raise NotImplementedError

    def go_page(self, page: str) -> None:
        self.page = page
        self.update_classes({f"page-{each}": each == page for each in self.pages})
        if self.beside:
            side = self.beside if page == self.pages[0] else page
            self.update_classes({f"side-{each}": each == side for each in self.pages})
        self.show_head()
        # What is not displayed yet can't have the focus.
        self.call_after_refresh(self.focus_page)

    def tabs(self, rows: Mapping[str, int] = {}) -> Content:
        """The names of the pages, with how many rows each has; this one stands out."""
        names = []
        for page in self.pages:
            count = f"({rows[page]})" if rows.get(page) else ""
            style = "bold underline" * (page == self.page)
            names.append(plain(f"{page.capitalize()}{count}", style))
        return Content("  ").join(names)

    def table_of(self, page: str) -> VTable:
        return self.query_one(f"#page-{page}", VTable)

    def go_round(self, by: int) -> None:
        at = self.pages.index(self.page) + by
        self.go_page(self.pages[at % len(self.pages)])

    @property
    def paper(self) -> Moving:
        """The list or the text of the page that is read."""
        return self.query_one(f"#page-{self.page}", Moving)

    def focus_page(self) -> None:
        self.paper.focus(scroll_visible=False)
