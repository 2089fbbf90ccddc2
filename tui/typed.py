"""Keys one after another: each goes to where the one before it has led.

Textual sends a key on at once, to what has the focus. Keys that come together (a slow
line brings them so, and so do fast hands) all went to what had it before the first:
what was typed after `/` or Tab was lost, or taken for a command.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Set as AbstractSet
from time import monotonic

from textual import events
from textual.app import App
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

TIMES = 2  # what a key brings about is posted behind it, and comes before the second
LONGEST = 1.0  # seconds that a key waits for the one before
LOOK = 0.01  # seconds between two looks at what a key has begun


class Followed(Message):
    """Goes up behind a key, by the same way: who hears it has had the key."""

    def __init__(self, way: Widget, times: int) -> None:
        super().__init__()
        self.way = way
        self.times = times


class Typed(App[int], inherit_bindings=False):
    """An app in which no key overtakes the one before it."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead: deque[events.Key | events.Paste] = deque()
        self._way: Widget | None = None  # that the last key went, until it is through
        self._sent_at = 0.0
        self._before: AbstractSet[object] = frozenset()
        self._followed: Followed | None = None  # while a key waits for the last
        self._timer: Timer | None = None

    def begun(self) -> AbstractSet[object]:
        """What keys have begun that may open something yet, for the next to go to."""
        return frozenset()

    @property
    def keys_wait(self) -> bool:
        """Whether a key waits for the one before it."""
        return bool(self._ahead)

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._ahead.append(event)
        if self._followed is None:
            await self._go_on()

    async def _go_on(self) -> None:
        """Send what waits, each once the one before it is through."""
        while self._ahead:
            if self._way is not None and self._is_on_its_way:
                self._follow(self._way, TIMES)
                return
            event, self._way = self._ahead.popleft(), self.focused or self.screen
            self._before, self._sent_at = self.begun(), monotonic()
            await super().on_event(event)

    @property
    def _in_time(self) -> bool:
        return monotonic() - self._sent_at < LONGEST

    @property
    def _is_on_its_way(self) -> bool:
        """Who has it may be taken away with it, as by a key that closes a screen."""
        way = self._way
        return (
            way is not None and way.is_attached and not way._pruning and self._in_time
        )

    def _follow(self, way: Widget, times: int) -> None:
        self._followed = Followed(way, times)
        way.post_message(self._followed)
        self._look_again()

    def _look_again(self) -> None:
        if self._timer is None:
            self._timer = self.set_interval(LOOK, self._look)

    async def on_followed(self, followed: Followed) -> None:
        if followed is not self._followed:
            return  # that key was waited for long enough
        if followed.times > 1:
            self._follow(followed.way, followed.times - 1)
        else:
            self._way = None
            await self._look()

    async def _look(self) -> None:
        """Go on, unless the last key is on its way, or what it has begun may open."""
        if self._is_on_its_way or (self._in_time and self.begun() - self._before):
            self._look_again()
            return
        if self._timer is not None:
            self._timer.stop()
        self._way = self._followed = self._timer = None
        await self._go_on()
