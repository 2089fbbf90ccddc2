"""What runs tell when they are looked at together: how they end, how long they take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime

from msgspec.structs import replace

from engine.figures import Figures, Stats
from engine.ids import earliest
from engine.tally import OneRun, Tally, understood
from store import stats
from store.database import Database
from store.stats import RunRow, Wanted

DAY = 86_400.0  # seconds


class ByName:
    """By the name that was asked for, split by variant where there are any."""

    def __init__(self) -> None:
        self.whole: dict[str, Tally] = defaultdict(Tally)
        self.variants: dict[str, dict[str, Tally]] = {}

    def add(self, one: OneRun) -> None:
        run = one.run
        tallies = [self.whole[run.variant_of or run.workflow]]
        if run.variant_of:
            variants = self.variants.setdefault(run.variant_of, defaultdict(Tally))
            tallies.append(variants[run.workflow])
        for each in tallies:
            each.add(one)
            each.add_steps(one)

    def told(self) -> list[Stats]:
        return [
            Stats(name, whole.figures(), self._variants(name))
            for name, whole in sorted(self.whole.items())
        ]

    def _variants(self, name: str) -> dict[str, Figures]:
        found = sorted(self.variants.get(name, {}).items())
        return {variant: tally.figures() for variant, tally in found}


def stats_of(database: Database, wanted: Wanted, now: float) -> list[Stats]:
    """The figures of each workflow, by name.

    Costs what the chosen runs and their steps do, however many others there are.
    """
    found = ByName()
    for one in every_run(database, wanted, now):
        found.add(one)
    return found.told()


def days_of(database: Database, wanted: Wanted, now: float) -> dict[str, Figures]:
    """The figures of each local day on which a run was begun, the oldest first."""
    days: dict[str, Tally] = defaultdict(Tally)
    for one in every_run(database, wanted, now):
        day = days[begun_on(one.run).isoformat()]
        day.add(one)
        day.add_steps(one)
    return {day: tally.figures() for day, tally in sorted(days.items())}


def whole_of(database: Database, wanted: Wanted, now: float) -> Figures:
    """The figures of all these runs together, without their steps."""
    whole = Tally()
    for one in every_run(database, wanted, now):
        whole.add(one)
    return whole.figures()


def begun_on(run: RunRow) -> date:
    """The local day on which it was begun."""
    return datetime.fromtimestamp(run.started_at).astimezone().date()


def every_run(database: Database, wanted: Wanted, now: float) -> Iterator[OneRun]:
    """One by one, the newest first."""
    for some in pieces(runs_of(database, wanted)):
        for left in stats.left_by(database, some):
            yield understood(left, now)


def runs_of(database: Database, wanted: Wanted) -> list[RunRow]:
    if wanted.since is not None:
        # A run begins a moment after its id was made; a clock may be set meanwhile.
        wanted = replace(wanted, first=earliest("r", wanted.since - DAY))
    return stats.runs_of(database, wanted)


def pieces(runs: list[RunRow]) -> Iterator[list[RunRow]]:
    """As many as are read together, at a time."""
    for first in range(0, len(runs), stats.AT_ONCE):
        yield runs[first : first + stats.AT_ONCE]
