"""A screen that stands over the panes, and goes when one goes back to them."""

from __future__ import annotations

from abc import abstractmethod

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.screens.bars import FooterBar, StatusBar, TooSmall
from tui.screens.keyed import KeyedScreen


class OverScreen(KeyedScreen, inherit_bindings=False):
    """Has the panes' first and last line; `q` leads out of it, when out of the rest."""

    @abstractmethod
    def body(self) -> ComposeResult:
        """What stands between the two lines."""

    def compose(self) -> ComposeResult:
        yield StatusBar("", id="status")
        with Vertical(classes="body"):
            yield from self.body()
        yield TooSmall()
        yield FooterBar("", id="footer")

    def on_mount(self) -> None:
        self.show_facts(self.bench.work.facts)
        self.tell_keys()

    def on_resize(self) -> None:
        self.show_facts(self.bench.work.facts)

    def back(self) -> None:
        """Out of the zoom, and back to where one came from."""
        if self.has_class("zoomed"):
            self.zoom()
        else:
            self.bench.pop_screen()
