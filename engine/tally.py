"""Adding runs up, one by one, to the figures of all of them."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from engine.figures import AgentFigures, Figures, StepFigures, spread
from engine.machine.codec import decode
from engine.machine.state import Decision, Usage
from engine.spending import Spent, more, used_in
from store.stats import AskedRow, Left, RunRow, StepRow

_decisions = msgspec.json.Decoder(tuple[Decision, ...])


class OneRun(Struct, frozen=True):
    """What a run has left, understood. `asked` is how long it stood open for a person.

    `used` says the path of the step that a model was asked in.
    """

    run: RunRow
    steps: Sequence[StepRow]
    asked: float | None
    decisions: Sequence[str]
    used: Sequence[tuple[str, Usage]]


def understood(left: Left, now: float) -> OneRun:
    """What is still asked counts until now."""
    events = [decode(record.data) for record in left.spent]
    used = [(event, found) for event in events if (found := used_in(event))]
    return OneRun(
        run=left.run,
        steps=left.steps,
        asked=asked_in(left.asked, now),
        decisions=[choice for row in left.asked for choice in decided(row)],
        used=[(str(getattr(event, "path", "")), found) for event, found in used],
    )


def asked_in(rows: Iterable[AskedRow], now: float) -> float | None:
    """How long a run has stood open for a person; two questions at once count once.

    The rows are in the order of asking; None where there are none.
    """
    seconds: float | None = None
    until = 0.0
    for row in rows:
        begun = max(row.requested_at, until)
        until = max(now if row.ended_at is None else row.ended_at, begun)
        seconds = (seconds or 0.0) + until - begun
    return seconds


def decided(row: AskedRow) -> list[str]:
    return [each.choice for each in _decisions.decode(row.decisions)] or [row.status]


def length(row: RunRow | StepRow) -> float | None:
    """How long it has taken, if it has begun and ended."""
    if row.started_at is None or row.ended_at is None:
        return None
    return max(0.0, row.ended_at - row.started_at)


def counts(found: Counter[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


class StepTally:
    def __init__(self) -> None:
        self.visits = self.attempts = self.retries = 0
        self.open = self.completed = 0
        self.ends: Counter[str] = Counter()
        self.took = array("d")
        self.spent = Spent()

    def add(self, row: StepRow) -> None:
        self.visits += 1
        self.attempts += row.attempt
        self.retries += max(0, row.attempt - 1)
        self.open += row.ended_at is None
        self.ends[row.status] += 1
        if (seconds := length(row)) is not None:
            self.took.append(seconds)


class Tally:
    """Keeps numbers and no rows: a hundred thousand runs take as many times 8 bytes."""

    def __init__(self) -> None:
        self.ends: Counter[str] = Counter()
        self.took = array("d")
        self.asked = array("d")
        self.decisions: Counter[str] = Counter()
        self.spent = Spent()
        self.times: Counter[tuple[str, str]] = Counter()
        self.by_agent: dict[tuple[str, str], Spent] = defaultdict(Spent)
        self.steps: dict[tuple[str, str], StepTally] = defaultdict(StepTally)

    @property
    def runs(self) -> int:
        return self.ends.total()

    def add(self, one: OneRun) -> None:
        """A run, but not its steps."""
        self.ends[one.run.status] += 1
        if (seconds := length(one.run)) is not None:
            self.took.append(seconds)
        if one.asked is not None:
            self.asked.append(one.asked)
        self.decisions.update(one.decisions)
        for _, used in one.used:
            self._add_used(used)

    def _add_used(self, used: Usage) -> None:
        who = used.agent, used.named
        self.spent = more(self.spent, used)
        self.times[who] += 1
        self.by_agent[who] = more(self.by_agent[who], used)

    def add_steps(self, one: OneRun) -> None:
        tallies: dict[str, StepTally] = {}
        completed: set[tuple[str, str]] = set()
        for row in one.steps:
            key = row.step, row.kind
            tallies[row.path] = self.steps[key]
            tallies[row.path].add(row)
            if row.status == "succeeded":
                completed.add(key)
        for key in completed:
            self.steps[key].completed += 1
        for path, used in one.used:
            if path in tallies:
                tallies[path].spent = more(tallies[path].spent, used)

    def figures(self) -> Figures:
        return Figures(
            runs=self.runs,
            ends=counts(self.ends),
            took=spread(self.took),
            asked=spread(self.asked),
            decisions=counts(self.decisions),
            spent=self.spent,
            agents=tuple(sorted(self._agents(), key=lambda each: -each.spent.cost)),
            steps=tuple(self._steps()),
        )

    def _agents(self) -> Iterable[AgentFigures]:
        for (agent, model), spent in sorted(self.by_agent.items()):
            yield AgentFigures(agent, model, self.times[agent, model], spent)

    def _steps(self) -> Iterable[StepFigures]:
        """In the order in which they were first come to."""
        # Steps that hold others have no attempts: their time is that of what they hold.
        whole = sum(sum(each.took) for each in self.steps.values() if each.attempts)
        for (step, kind), each in self.steps.items():
            share = sum(each.took) / whole if each.attempts and whole else None
            yield StepFigures(
                step=step,
                kind=kind,
                visits=each.visits,
                attempts=each.attempts,
                succeeded=each.ends["succeeded"],
                failed=each.ends["failed"],
                open=each.open,
                retries=each.retries,
                completed=each.completed,
                took=spread(each.took),
                share=share,
                spent=each.spent,
            )
