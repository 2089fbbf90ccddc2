"""What is set up only where it stands: not what is left while it opens."""

from __future__ import annotations

from textual import events
from textual.widget import Widget


class Standing(Widget, inherit_bindings=False):
    async def on_event(self, event: events.Event) -> None:
        # Who is quicker than a screen has Textual mount it without its widgets.
        gone = self._pruning or not self.is_attached
        if not (gone and isinstance(event, events.Mount)):
            await super().on_event(event)
