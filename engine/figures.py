"""What is told of runs that are looked at together."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import msgspec
from msgspec import Struct

from engine.spending import Spent

ENDED = ("succeeded", "failed", "cancelled", "rolled_back")


class Spread(Struct, frozen=True):
    """Of lengths of time, in seconds: the middle one, and what nine of ten stay under.

    Both None where there is none.
    """

    median: float | None = None
    most: float | None = None


class StepFigures(Struct, frozen=True):
    """`visits` in all; `open` of them have not ended; `retries` are attempts beyond
    the first of each. `completed` counts the runs in which the step has succeeded.

    `share` is its part in the time of all steps that are attempted, None before any
    has taken time: who looks for what holds runs up begins at the largest.
    """

    step: str
    kind: str
    visits: int
    attempts: int
    succeeded: int
    failed: int
    open: int
    retries: int
    completed: int
    took: Spread
    share: float | None
    spent: Spent


class AgentFigures(Struct, frozen=True):
    """How often an agent has asked a model, `provider/model`, and what that took.

    `agent` is empty where a step names its model itself.
    """

    agent: str
    model: str
    asked: int
    spent: Spent


class Figures(Struct, frozen=True):
    """Of some runs. `took` is from start to end, `asked` how long people had to answer.

    `ends` counts the runs by status; `decisions` the answers by choice, and what nobody
    has answered by the status of the question. The dearest of the agents is the first.
    """

    runs: int
    ends: dict[str, int]
    took: Spread
    asked: Spread
    decisions: dict[str, int]
    spent: Spent
    agents: tuple[AgentFigures, ...]
    steps: tuple[StepFigures, ...]

    @property
    def succeeded(self) -> float | None:
        """The share of those that have ended; None before any has."""
        ended = sum(count for status, count in self.ends.items() if status in ENDED)
        return self.ends.get("succeeded", 0) / ended if ended else None

    @property
    def open(self) -> int:
        """How many have not ended."""
        return self.runs - sum(self.ends.get(status, 0) for status in ENDED)


class Stats(Struct, frozen=True):
    """A name that runs were asked for by; `variants` are the workflows it led to."""

    workflow: str
    figures: Figures
    variants: dict[str, Figures]


def spread(seconds: Sequence[float]) -> Spread:
    if not seconds:
        return Spread()
    ordered = sorted(seconds)
    middle, rest = divmod(len(ordered), 2)
    median = ordered[middle] if rest else sum(ordered[middle - 1 : middle + 1]) / 2
    return Spread(median, ordered[ceil(0.9 * len(ordered)) - 1])


def with_shares(found: Stats) -> dict[str, Any]:
    """With the share of runs that succeeded, which is told and not kept."""
    return {
        "workflow": found.workflow,
        "figures": with_share(found.figures),
        "variants": {name: with_share(each) for name, each in found.variants.items()},
    }


def with_share(found: Figures) -> dict[str, Any]:
    return {**msgspec.to_builtins(found), "succeeded": found.succeeded}
