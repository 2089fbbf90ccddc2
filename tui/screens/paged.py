"""A screen of pages, of which one is read: tab goes round them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from tui.screens.over import OverScreen
from tui.widgets.moving import Moving


class PagedScreen(OverScreen, inherit_bindings=False):
    """Each page is a list or a text, `#page-NAME`; the class `page-NAME` shows it."""

    pages: ClassVar[Sequence[str]]
    page = ""

    def show_head(self) -> None:
        """Say which page this is."""
        raise NotImplementedError

    def go_page(self, page: str) -> None:
        self.page = page
        self.update_classes({f"page-{each}": each == page for each in self.pages})
        self.show_head()
        # What is not displayed yet can't have the focus.
        self.call_after_refresh(self.focus_page)

    def go_round(self, by: int) -> None:
        at = self.pages.index(self.page) + by
        self.go_page(self.pages[at % len(self.pages)])

    @property
    def paper(self) -> Moving:
        """The list or the text of the page that is read."""
        return self.query_one(f"#page-{self.page}", Moving)

    def focus_page(self) -> None:
        self.paper.focus(scroll_visible=False)
