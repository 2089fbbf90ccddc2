"""Runs that a person seeks: words with terms, and what a term can't say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import search
from engine.closure import closure
from engine.errors import WeirError
from engine.finding import page
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Actor, Request, Usage
from engine.sought import sought
from tests.given import ANA, BOB, Clock, make_workspace, open_engine

WORKFLOW = """\
workflow: NAME
inputs: {what: {type: string}}
steps:
  - {id: ask, approval: {title: "Go on with {{ inputs.what }}?"}}
  - {id: last, set: {x: 1}}
"""
DAY = 86_400
CLOCK = Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    CLOCK.now = 1_800_000_000.0
    files = {f"{n}.yaml": WORKFLOW.replace("NAME", n) for n in ("refund", "renewal")}
    engine = open_engine(make_workspace(tmp_path, files), CLOCK)
    yield engine
    engine.database.close()


def began(
    engine: Engine,
    workflow: str,
    what: str,
    *,
    by: Actor = ANA,
    project: str = "",
    cost: float = 0.0,
) -> str:
    found = closure(engine, workflow)
    run = new_id("r")
    given = {"what": what}
    started = c.StartRun(run, given, found.version, found.pins, by, project)
    engine.handle(run, started)
    if cost:
        engine.handle(run, c.StartAttempt("ask", "w1"))
        used = Usage("tiny", "house", 5, 5, cost=cost)
        engine.handle(run, c.ReportSuccess("ask", 1, "w1", {}, usage=used))
    return run


@pytest.fixture
def four(engine: Engine) -> dict[str, str]:
    """Four runs, a day between each and the next, the last one today."""
    found = {}
    for name, workflow, what, by, project, cost in (
        ("a", "refund", "broken lamp", ANA, "acme", 0.75),
        ("b", "refund", "late lamp", BOB, "acme", 0.0),
        ("c", "renewal", "usage dropped", ANA, "globex", 0.2),
        ("d", "renewal", "lamp draft", BOB, "", 0.0),
    ):
        found[name] = began(engine, workflow, what, by=by, project=project, cost=cost)
        CLOCK.now += DAY
    CLOCK.now -= DAY
    engine.handle(found["b"], c.CancelRun(ANA, ""))
    search.catch_up(engine.database)
    return found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "dcba"),
        ("lamp", "dba"),
        ("lamp !draft", "ba"),
        ("lamp !renewal", "ba"),
        ("status:cancelled", "b"),
        ("status:canc,fail", "b"),
        ("!status:cancelled", "dca"),
        ("workflow:re", "dcba"),
        ("workflow:ref", "ba"),
        ("workflow:refund,renewal project:a", "ba"),
        ("PROJECT:ACME", "ba"),
        ("by:bob", "db"),
        ("since:36h", "dc"),
        ("since:36h until:12h", "c"),
        ("date:today", "d"),
        ("cost:>0", "ca"),
        ("cost:>=0.2", "ca"),
        ("cost:0.5", "a"),
        ("cost:<0.5 project:acme", "b"),
        ("!cost:>0.5", "dcb"),
        ("lamp by:ana project:acme cost:>0.5 date:2027-01-01..2027-12-31", "a"),
        ("nobody:knows", ""),
        ("status: cost: cost:> !", "dcba"),
    ],
)
def test_words_and_terms_find_runs_together(
    engine: Engine, four: dict[str, str], text: str, names: str
) -> None:
    wanted = sought(text, CLOCK.now)
    found = [run.id for run in page(engine.database, wanted, limit=10)]
    assert found == [four[name] for name in names]


@pytest.mark.parametrize(
    ("name", "text"), [("zoe", "by:Zoe"), ("Özge", "by:Özge"), ("ÖZGE", "by:Öz")]
)
def test_who_decided_is_found_by_name_as_who_began_is(
    engine: Engine, four: dict[str, str], name: str, text: str
) -> None:
    run = four["d"]
    engine.handle(run, c.StartAttempt("ask", "w1"))
    asked = c.RequestApproval("ask", 1, "w1", new_id("a"), Request("?"), "d" * 64)
    engine.handle(run, asked)
    (gate,) = engine.load(run).approvals.values()
    who = Actor(name)
    engine.handle(run, c.DecideApproval(gate.id, "approve", gate.digest, who))
    found = page(engine.database, sought(text, CLOCK.now), limit=10)
    assert [each.id for each in found] == [run]


def test_pages_go_on_where_the_one_before_ended(
    engine: Engine, four: dict[str, str]
) -> None:
    wanted = sought("cost:>0", CLOCK.now)
    (first,) = page(engine.database, wanted, limit=1)
    (second,) = page(engine.database, wanted, limit=1, before=first.id)
    assert [first.id, second.id] == [four["c"], four["a"]]
    assert page(engine.database, wanted, limit=1, before=second.id) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("status:nowhere", "no status begins with 'nowhere'; there are created"),
        ("since:soon", "since:soon is no time; write 2h"),
        ("date:2026-13-01", "is no time"),
        ("cost:much", "cost:much is no cost; write cost:>0.5"),
    ],
)
def test_a_value_that_a_term_cant_have_is_refused(text: str, said: str) -> None:
    with pytest.raises(WeirError, match=said):
        sought(text, CLOCK.now)
