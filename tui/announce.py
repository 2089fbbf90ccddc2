"""Telling, without taking the keyboard, that something waits for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tui.personal import Personal

BELL_EVERY = 10.0  # seconds


class Announcer:
    """Rings once for what is new, and at most once in ten seconds; names the terminal.

    `ring` is told what to say: what asks, or how many do. `personal` says whether the
    person wants the one and the other, and may say so differently at any time.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        ring: Callable[[str], None],
        set_title: Callable[[str], None],
        personal: Callable[[], Personal],
    ) -> None:
        self._clock = clock
        self._ring = ring
        self._set_title = set_title
        self._personal = personal
        self._known: set[str] | None = None
        self._rang_at = float("-inf")
        self._title = ""

    def waiting(self, asks: Mapping[str, str], total: int, name: str) -> None:
        """What waits now, by id. What already waited at the start is no news."""
        found = {*asks}
        fresh = found - self._known if self._known is not None else set()
        self._known = found
        now = self._clock()
        personal = self._personal()
        if fresh and personal.bell and now - self._rang_at >= BELL_EVERY:
            self._rang_at = now
            some = f"{len(fresh)} new approvals" if len(fresh) > 1 else ""
            self._ring(f"{name}: {some or asks[min(fresh)]}")
        title = f"({total}) {name}" if total else name
        if personal.title and title != self._title:
            self._title = title
            self._set_title(title)
