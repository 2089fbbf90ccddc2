"""The half second in which a key can't have been meant for what is shown now."""

from __future__ import annotations

from collections.abc import Callable

GRACE = 0.5  # seconds; people answer a prompt they have read no faster


class Grace:
    """Refuses keys until `GRACE` seconds have passed without a change or a key.

    A key pressed too early begins the wait anew, so that one held down, repeating
    thirty times a second, never gets through.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since = clock()

    def restart(self) -> None:
        self._since = self._clock()

    def takes(self) -> bool:
        """Whether a key pressed now is meant for what is shown."""
        now = self._clock()
        over = now - self._since >= GRACE
        self._since = now
        return over
