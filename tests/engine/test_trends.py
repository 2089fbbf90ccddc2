"""What is told of runs over time, by runs that a clock has begun on several days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from engine import trends as trends_module
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.state import Usage
from engine.stats import stats_of
from engine.trends import SPANS, Reading, Trends
from store.database import Database
from store.stats import Wanted
from tests.given import Clock, make_workspace, open_engine, start

FILES = {
    "write.yaml": "workflow: write\nsteps:\n  - {id: draft, llm: Write it.}\n",
    "other.yaml": "workflow: other\nsteps:\n  - {id: draft, set: {text: hello}}\n",
}
DAY = 86_400.0
# Ids are made by the real clock, and no run has an id much older than itself.
TODAY = datetime.now().astimezone().date()
NOON = datetime.combine(TODAY, time(12)).astimezone().timestamp()


def trends_of(database: Database, days: int | None) -> Trends:
    """All of it, read to the end."""
    reading = Reading(database, days, NOON)
    while reading.read_on():
        pass
    return reading.trends()


class Past:
    """A workspace whose runs were begun as many days ago as one likes."""

    def __init__(self, root: Path) -> None:
        self.clock = Clock(NOON)
        self.engine: Engine = open_engine(make_workspace(root, FILES), self.clock)

    def begun(self, days: int, workflow: str = "write") -> str:
        self.clock.now = NOON - days * DAY
        run = start(self.engine, workflow)
        self.clock.now = NOON
        return run

    def asked(self, run: str, usage: Usage) -> None:
        self.engine.handle(run, c.StartAttempt("draft", "w1"))
        report = c.ReportSuccess("draft", 1, "w1", {"text": "x"}, usage=usage)
        self.engine.handle(run, report)


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    past = Past(tmp_path)
    yield past
    past.engine.database.close()


def test_each_day_has_its_runs_and_a_day_without_has_none(past: Past) -> None:
    for days in (0, 0, 2, 6, 7):
        past.begun(days)
    trends = trends_of(past.engine.database, 7)
    found = [(span.first, span.figures.runs) for span in trends.spans]
    wanted = (1, 0, 0, 0, 1, 0, 2)
    days = [TODAY - timedelta(6 - number) for number in range(7)]
    assert found == list(zip(days, wanted, strict=True))
    assert trends.whole.runs == 4


@pytest.mark.parametrize(
    ("days", "spans", "long"), [(7, 7, 1), (30, 30, 1), (90, 30, 3), (None, 29, 7)]
)
def test_a_long_time_is_told_in_spans_of_days(
    past: Past, days: int | None, spans: int, long: int
) -> None:
    past.begun(200)
    past.begun(0)
    trends = trends_of(past.engine.database, days)
    assert len(trends.spans) == spans <= SPANS
    assert {(span.last - span.first).days + 1 for span in trends.spans} == {long}
    assert trends.spans[-1].last == TODAY
    told = sum(span.figures.runs for span in trends.spans)
    assert told == trends.whole.runs == (2 if days is None else 1)


def test_a_run_begun_tomorrow_counts_as_todays(past: Past) -> None:
    past.begun(-1)
    trends = trends_of(past.engine.database, None)
    assert [(s.last, s.figures.runs) for s in trends.spans] == [(TODAY, 1)]


def test_nothing_has_one_empty_span_of_today(past: Past) -> None:
    trends = trends_of(past.engine.database, None)
    assert [(s.first, s.figures.runs) for s in trends.spans] == [(TODAY, 0)]
    assert (trends.workflows, trends.whole.agents) == ((), ())


def test_workflows_are_told_as_weir_stats_tells_them(past: Past) -> None:
    past.begun(1, "other")
    past.asked(past.begun(0), Usage("tiny", "house", 10, 5, cost=0.25))
    database = past.engine.database
    trends = trends_of(database, None)
    assert list(trends.workflows) == stats_of(database, Wanted(), NOON)


def test_cost_is_told_of_the_day_and_of_the_whole(past: Past) -> None:
    for model, cost in (("tiny", 0.25), ("big", 2.0), ("tiny", 0.5)):
        past.asked(past.begun(0), Usage(model, "house", 10, 5, cost=cost))
    trends = trends_of(past.engine.database, 7)
    found = [(each.model, each.spent.cost) for each in trends.whole.agents]
    assert found == [("house/big", 2.0), ("house/tiny", 0.75)]
    assert trends.spans[-1].figures.spent.cost == trends.whole.spent.cost == 2.75


def test_the_newest_are_read_first_and_told_before_the_rest(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trends_module, "pieces", lambda runs: ([run] for run in runs))
    for days in (5, 3, 1):
        past.begun(days)
    reading = Reading(past.engine.database, 7, NOON)
    told = []
    for more in (True, True, False):
        assert reading.read_on() is more
        trends = reading.trends()
        told.append([span.figures.runs for span in trends.spans])
        assert trends.runs == 3
    assert told == [
        [0, 0, 0, 0, 0, 1, 0],
        [0, 0, 0, 1, 0, 1, 0],
        [0, 1, 0, 1, 0, 1, 0],
    ]
