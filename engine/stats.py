"""What runs tell when they are looked at together: how they end, how long they take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from engine.ids import earliest
from engine.machine.codec import decode
from engine.machine.state import Decision, Usage
from engine.spending import Spent, spent, used_in
from store import stats
from store.database import Database
from store.stats import AskedRow, RunRow, StepRow, Wanted

DAY = 86_400.0  # seconds
_decisions = msgspec.json.Decoder(tuple[Decision, ...])


class Spread(Struct, frozen=True):
    """Of lengths of time, in seconds: the middle one, and what nine of ten stay under.

    Both None where there is none.
    """

    median: float | None = None
    most: float | None = None


class StepFigures(Struct, frozen=True):
    """`visits` in all; `retries` are attempts beyond the first of each."""

    step: str
    kind: str
    visits: int
    attempts: int
    succeeded: int
    failed: int
    retries: int
    took: Spread


class Figures(Struct, frozen=True):
    """Of some runs. `took` is from start to end, `asked` how long people had to answer.

    `ends` counts the runs by status; `decisions` the answers by choice, and what nobody
    has answered by the status of the question.
    """

    runs: int
    ends: dict[str, int]
    took: Spread
    asked: Spread
    decisions: dict[str, int]
    spent: Spent
    steps: tuple[StepFigures, ...]

    @property
    def succeeded(self) -> float | None:
        """The share of those that have ended; None before any has."""
        ended = sum(count for status, count in self.ends.items() if status in ENDED)
        return self.ends.get("succeeded", 0) / ended if ended else None


class Stats(Struct, frozen=True):
    """A name that runs were asked for by; `variants` are the workflows it led to."""

    workflow: str
    figures: Figures
    variants: dict[str, Figures]


ENDED = ("succeeded", "failed", "cancelled", "rolled_back")


class Rows(Struct):
    """All that is known of some runs."""

    runs: list[RunRow] = []
    steps: list[StepRow] = []
    asked: list[AskedRow] = []
    used: list[Usage] = []


def stats_of(database: Database, wanted: Wanted, now: float) -> list[Stats]:
    """The figures of each workflow, by name, split by variant where there are any.

    Costs what the chosen runs and their steps do, however many others there are.
    """
    named: dict[str, dict[str, Rows]] = {}
    for rows in _by_run(database, wanted):
        (run,) = rows.runs
        variants = named.setdefault(run.variant_of or run.workflow, {})
        _add(variants.setdefault(run.workflow if run.variant_of else "", Rows()), rows)
    return [_split(name, variants, now) for name, variants in sorted(named.items())]


def days_of(database: Database, wanted: Wanted, now: float) -> dict[str, Figures]:
    """The figures of each local day on which a run was begun, the oldest first."""
    days: dict[str, Rows] = {}
    for rows in _by_run(database, wanted):
        (run,) = rows.runs
        begun = datetime.fromtimestamp(run.started_at).astimezone()
        _add(days.setdefault(begun.date().isoformat(), Rows()), rows)
    return {day: figures(rows, now) for day, rows in sorted(days.items())}


def _by_run(database: Database, wanted: Wanted) -> Iterable[Rows]:
    """All that is known of each run, one by one, the oldest first."""
    if wanted.since is not None:
        # A run begins a moment after its id was made; a clock may be set meanwhile.
        wanted = replace(wanted, first=earliest("r", wanted.since - DAY))
    by_run = {run.id: Rows(runs=[run]) for run in stats.runs_of(database, wanted)}
    models: set[str] = set()  # runs with steps that ask one
    for step in stats.steps_of(database, wanted):
        by_run[step.run].steps.append(step)
        if step.kind == "llm":
            models.add(step.run)
    for asked in stats.asked_of(database, wanted):
        by_run[asked.run].asked.append(asked)
    asking = [run for run in by_run if run in models]
    for event in stats.spent_by(database, asking):
        if used := used_in(decode(event.data)):
            by_run[event.run].used.append(used)
    return by_run.values()


def _add(to: Rows, rows: Rows) -> None:
    to.runs += rows.runs
    to.steps += rows.steps
    # What was asked is told in the order of asking, and so of each run by itself.
    to.asked += rows.asked
    to.used += rows.used


def _split(name: str, variants: Mapping[str, Rows], now: float) -> Stats:
    whole = Rows(
        runs=[row for rows in variants.values() for row in rows.runs],
        steps=[row for rows in variants.values() for row in rows.steps],
        asked=[row for rows in variants.values() for row in rows.asked],
        used=[used for rows in variants.values() for used in rows.used],
    )
    each = {key: figures(rows, now) for key, rows in sorted(variants.items()) if key}
    return Stats(name, figures(whole, now), each)


def figures(rows: Rows, now: float) -> Figures:
    """What these runs tell together; what is still asked counts until `now`."""
    return Figures(
        runs=len(rows.runs),
        ends=dict(Counter(run.status for run in rows.runs)),
        took=spread(lengths(rows.runs)),
        asked=spread(list(asked_in(rows.asked, now).values())),
        decisions=decided(rows.asked),
        spent=spent(rows.used),
        steps=tuple(step_figures(rows.steps)),
    )


def spread(seconds: Sequence[float]) -> Spread:
    if not seconds:
        return Spread()
    ordered = sorted(seconds)
    middle, rest = divmod(len(ordered), 2)
    median = ordered[middle] if rest else sum(ordered[middle - 1 : middle + 1]) / 2
    return Spread(median, ordered[ceil(0.9 * len(ordered)) - 1])


def lengths(rows: Iterable[RunRow | StepRow]) -> list[float]:
    """How long each has taken that has begun and ended."""
    return [
        max(0.0, row.ended_at - row.started_at)
        for row in rows
        if row.started_at is not None and row.ended_at is not None
    ]


def asked_in(rows: Iterable[AskedRow], now: float) -> dict[str, float]:
    """How long each run has stood open for a person; two questions at once count once.

    The rows of each run are in the order of asking.
    """
    seconds: dict[str, float] = {}
    until: dict[str, float] = {}
    for row in rows:
        begun = max(row.requested_at, until.get(row.run, row.requested_at))
        ended = max(now if row.ended_at is None else row.ended_at, begun)
        seconds[row.run] = seconds.get(row.run, 0.0) + ended - begun
        until[row.run] = ended
    return seconds


def decided(rows: Iterable[AskedRow]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in rows:
        answers = _decisions.decode(row.decisions)
        counts.update([answer.choice for answer in answers] or [row.status])
    return dict(counts.most_common())


def step_figures(rows: Iterable[StepRow]) -> list[StepFigures]:
    """By step, in the order in which they were first come to."""
    visits: dict[tuple[str, str], list[StepRow]] = {}
    for row in rows:
        visits.setdefault((row.step, row.kind), []).append(row)
    return [
        StepFigures(
            step=step,
            kind=kind,
            visits=len(found),
            attempts=sum(row.attempt for row in found),
            succeeded=_count(found, "succeeded"),
            failed=_count(found, "failed"),
            retries=sum(max(0, row.attempt - 1) for row in found),
            took=spread(lengths(found)),
        )
        for (step, kind), found in visits.items()
    ]


def _count(rows: list[StepRow], status: str) -> int:
    return sum(row.status == status for row in rows)


def with_shares(found: Stats) -> dict[str, Any]:
    """With the share of runs that succeeded, which is told and not kept."""
    return {
        "workflow": found.workflow,
        "figures": with_share(found.figures),
        "variants": {name: with_share(each) for name, each in found.variants.items()},
    }


def with_share(found: Figures) -> dict[str, Any]:
    return {**msgspec.to_builtins(found), "succeeded": found.succeeded}
