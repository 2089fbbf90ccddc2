"""How runs went over time: by spans of days, by workflow, and by agent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from math import ceil

from msgspec import Struct

from engine.figures import Figures, Stats
from engine.stats import ByName, begun_on, pieces, runs_of
from engine.tally import OneRun, Tally, understood
from store import stats
from store.database import Database
from store.stats import Wanted

SPANS = 30  # as many are told apart at a glance, on 80 columns


class Span(Struct, frozen=True):
    """What was begun from one local day to another; both are part of it."""

    first: date
    last: date
    figures: Figures


class Trends(Struct, frozen=True):
    """Spans are alike in length and without gaps, the last one ends today.

    Steps are told of workflows only. `runs` is how many there are to be read, of which
    the figures tell those that were read already, the newest.
    """

    runs: int
    whole: Figures
    spans: tuple[Span, ...]
    workflows: tuple[Stats, ...]


class Reading:
    """Reads what was begun today and on the days before, `days` in all; None: ever.

    Some hundred runs at a time and the newest first, so that there is something to tell
    at once, and whoever has seen enough may stop.
    """

    def __init__(self, database: Database, days: int | None, now: float) -> None:
        today = datetime.fromtimestamp(now).astimezone().date()
        since = None if days is None else _midnight(today - timedelta(days - 1))
        self.database, self.now = database, now
        self.runs = runs_of(database, Wanted(since=since))
        if days is None:
            first = min(map(begun_on, self.runs), default=today)
            days = max(1, (today - first).days + 1)
        self.length = ceil(days / SPANS)
        count = ceil(days / self.length)
        self.first = today - timedelta(count * self.length - 1)
        self.pieces = pieces(self.runs)
        self.whole, self.by_name = Tally(), ByName()
        self.spans = [Tally() for _ in range(count)]

    def read_on(self) -> bool:
        """Read a piece more; whether there is another."""
        some = next(self.pieces, [])
        for left in stats.left_by(self.database, some):
            self._add(understood(left, self.now))
        return self.whole.runs < len(self.runs)

    def _add(self, one: OneRun) -> None:
        # A clock that was ahead has begun runs tomorrow: they count as today's.
        at = (begun_on(one.run) - self.first).days // self.length
        self.spans[min(at, len(self.spans) - 1)].add(one)
        self.whole.add(one)
        self.by_name.add(one)

    def trends(self) -> Trends:
        return Trends(
            runs=len(self.runs),
            whole=self.whole.figures(),
            spans=tuple(self._spans()),
            workflows=tuple(self.by_name.told()),
        )

    def _spans(self) -> Iterator[Span]:
        for number, each in enumerate(self.spans):
            begins = self.first + timedelta(number * self.length)
            ends = begins + timedelta(self.length - 1)
            yield Span(begins, ends, each.figures())


def _midnight(day: date) -> float:
    return datetime.combine(day, time()).astimezone().timestamp()
