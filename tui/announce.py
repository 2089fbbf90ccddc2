"""Telling, without taking the keyboard, what waits for a person, and what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from engine.counted import counted
from tui.personal import Personal

BELL_EVERY = 10.0  # seconds
APPROVAL, FAILURE = "new approval", "failure"


class News(Struct, frozen=True):
    """What to say of something new. Its risk may let it through quiet hours."""

    said: str
    risk: str = "normal"
    kind: str = APPROVAL


class Announcer:
    """Rings once for what is new, and at most once in ten seconds; names the terminal.

    `ring` is told what to say: what asks or failed, or how many do. `is_quiet` says of
    a risk whether it is held now; what is held is told when that is over, unless it has
    been answered. `personal` says whether the person wants the one and the other, and
    may say so differently at any time.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        ring: Callable[[str], None],
        set_title: Callable[[str], None],
        personal: Callable[[], Personal],
        is_quiet: Callable[[str], bool] = lambda risk: False,
    ) -> None:
        self._clock = clock
        self._ring = ring
        self._set_title = set_title
        self._personal = personal
        self._is_quiet = is_quiet
        self._known: set[str] | None = None
        self._untold: dict[str, News] = {}
        self._name = ""
        self._rang_at = float("-inf")
        self._title = ""

    def waiting(self, asks: Mapping[str, News], total: int, name: str) -> None:
        """What waits now, by id. What already waited at the start is no news."""
        fresh = {*asks} - self._known if self._known is not None else set()
        answered = (self._known or set()) - {*asks}
        self._known, self._name = {*asks}, name
        for key in answered:
            self._untold.pop(key, None)
        self._untold |= {key: asks[key] for key in sorted(fresh)}
        self.tell()
        title = f"({total}) {name}" if total else name
        if self._personal().title and title != self._title:
            self._title = title
            self._set_title(title)

    def failed(self, failures: Mapping[str, str]) -> None:
        """What has failed just now, by id, each with its headline."""
        if self._personal().failures:
            news = {key: News(said, kind=FAILURE) for key, said in failures.items()}
            self._untold |= news
        self.tell()

    def tell(self) -> None:
        """Ring for what is to be told now, if anything is."""
        if not self._personal().bell:
            self._untold.clear()
        loud = [
            key for key, news in self._untold.items() if not self._is_quiet(news.risk)
        ]
        now = self._clock()
        if loud and now - self._rang_at >= BELL_EVERY:
            self._rang_at = now
            self._ring(f"{self._name}: {in_words([self._untold.pop(k) for k in loud])}")


def in_words(some: list[News]) -> str:
    if len(some) == 1:
        return some[0].said
    kinds = [news.kind for news in some]
    counts = ((kinds.count(kind), kind) for kind in (APPROVAL, FAILURE))
    return " and ".join(counted(many, kind) for many, kind in counts if many)
