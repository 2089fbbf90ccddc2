"""A screen that is set up only where it stands: not while the window closes."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.screen import Screen

Answer = TypeVar("Answer")


class StandingScreen(Screen[Answer], inherit_bindings=False):
    async def on_event(self, event: events.Event) -> None:
        # Who leaves while it opens has Textual mount it without some of its widgets.
        if not (self.app._exit and isinstance(event, events.Mount)):
            await super().on_event(event)
