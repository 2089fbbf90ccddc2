"""What is set up only where it stands: not what is left while it opens."""

from __future__ import annotations

from textual import events
from textual.widget import Widget


class Standing(Widget, inherit_bindings=False):
    @property
    def stands(self) -> bool:
        """Whether it is here with all that is in it: for whoever has waited."""
        return self.is_attached and not self._pruning

    async def on_event(self, event: events.Event) -> None:
        # Who is quicker than a screen has Textual mount it without its widgets.
        if self.stands or not isinstance(event, events.Mount):
            await super().on_event(event)
