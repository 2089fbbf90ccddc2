"""A screen that stands over the panes, and goes when one goes back to them."""

from __future__ import annotations

from tui.screens.keyed import KeyedScreen


class OverScreen(KeyedScreen, inherit_bindings=False):
    """Has the panes' first and last line; `q` leads out of it, when out of the rest."""

    def on_mount(self) -> None:
        self.show_facts(self.bench.work.facts)
        self.show_keys()

    def on_resize(self) -> None:
        self.show_facts(self.bench.work.facts)

    def back(self) -> None:
        """Out of the zoom, and back to where one came from."""
        if self.has_class("zoomed"):
            self.zoom()
        else:
            self.bench.pop_screen()
