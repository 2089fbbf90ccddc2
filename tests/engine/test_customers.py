"""Of the context of many customers' runs no more is read than is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import apsw
import pytest

from engine import states
from engine.errors import CommandRefused
from engine.handle import Engine
from engine.inbox import inbox
from engine.machine import commands as c
from engine.machine.state import Request
from engine.seeing import before
from engine.trust import Trust
from store import approvals, runs, steps
from store.database import Database
from tests.given import ANA, make_workspace, open_engine, start

RUNS = 60
PAGE = 20
NOTES = "a long story of this customer " * 100
RENEW = """workflow: renew
inputs: {customer: string}
context:
  customer: {sql: "select * from customers where id = :customer", one: true}
steps:
  - {id: ask, approval: {title: "Renew {{ customer.name }}?"}}
"""
CONFIG = 'provider = "mock"\n\n[databases]\ncrm = "data/crm.db"\n'


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "data").mkdir()
    with apsw.Connection(str(tmp_path / "data/crm.db")) as crm:
        crm.execute("create table customers (id, name, notes)")
        rows = ((f"c{n}", f"Customer {n}", NOTES) for n in range(RUNS))
        crm.executemany("insert into customers values (?, ?, ?)", rows)
    engine = open_engine(make_workspace(tmp_path, {"renew.yaml": RENEW}, CONFIG))
    Trust.open().own(tmp_path)
    yield engine
    engine.database.close()


def at_a_gate(engine: Engine, number: int) -> str:
    run = start(engine, "renew", customer=f"c{number}")
    engine.handle(run, c.StartAttempt("@context", "w1"))
    customer = {"id": f"c{number}", "name": f"Customer {number}", "notes": NOTES}
    found = {"values": {"customer": customer}, "provenance": {"customer": {}}}
    engine.handle(run, c.ReportSuccess("@context", 1, "w1", found, take="w1"))
    request = Request(f"Renew Customer {number}?", choices=("approve", "reject"))
    asks = c.RequestApproval("ask", 1, "w1", f"a{number}", request, "d")
    engine.handle(run, asks)
    return run


class Read:
    """Every row that a database gives while something is done with it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[Any] = []
        for name in ("rows", "rows_of"):
            self._listen(monkeypatch, name, getattr(Database, name))

    def _listen(
        self, monkeypatch: pytest.MonkeyPatch, name: str, of: Callable[..., list[Any]]
    ) -> None:
        def heard(database: Database, *asked: Any) -> list[Any]:
            found = of(database, *asked)
            self.rows += found
            return found

        monkeypatch.setattr(Database, name, heard)


def test_lists_read_the_page_they_show_and_nothing_of_the_context(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [at_a_gate(engine, number) for number in range(RUNS)]
    database = engine.database
    looks: list[tuple[int, Callable[[], object]]] = [
        (PAGE, lambda: runs.page(database, limit=PAGE)),
        (PAGE, lambda: runs.page(database, limit=PAGE, before=ids[30])),
        (PAGE, lambda: runs.page(database, limit=PAGE, status="waiting")),
        (2, lambda: steps.of_run(database, ids[7])),
        (1, lambda: approvals.of_run(database, ids[7])),
    ]
    for most, look in looks:
        with monkeypatch.context() as patched:
            read = Read(patched)
            assert look()
        assert 0 < len(read.rows) <= most
        assert NOTES not in str(read.rows)


def test_the_inbox_reads_the_runs_that_wait_and_no_others(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [at_a_gate(engine, number) for number in range(RUNS)]
    for number in range(5, RUNS):
        yes = c.DecideApproval(f"a{number}", "approve", "d", ANA)
        engine.handle(ids[number], yes)
    read = Read(monkeypatch)
    assert [item.run for item in inbox(engine)] == ids[:5]
    told = str(read.rows)
    assert [run for run in ids if run in told] == ids[:5]


async def test_the_context_of_one_customer_is_read_from_no_other_run(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(RUNS):
        at_a_gate(engine, number)
    read = Read(monkeypatch)
    sight = await before(engine, "renew", {"customer": "c7"})
    assert sight.scope["customer"]["name"] == "Customer 7"
    assert read.rows
    assert NOTES not in str(read.rows)


def test_states_in_memory_are_as_many_as_have_room(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "MOST_BYTES", 20_000)
    ids = [at_a_gate(engine, number) for number in range(RUNS)]
    assert 1 <= len(kept_in(engine)) <= 20_000 // len(NOTES)
    state = engine.handle(ids[0], c.PauseRun(ANA))
    assert state.status == "paused", "one that fell out is folded again"
    assert state.context["customer"]["notes"] == NOTES
    assert ids[0] in kept_in(engine)


def test_a_run_that_has_ended_is_forgotten_when_that_is_on_disk(
    engine: Engine,
) -> None:
    run = at_a_gate(engine, 0)
    assert run in kept_in(engine)
    engine.handle(run, c.DecideApproval("a0", "approve", "d", ANA))
    other = at_a_gate(engine, 1)
    assert kept_in(engine) == [other]


def test_what_ends_a_run_is_known_to_the_next_command_of_the_same_commit(
    engine: Engine,
) -> None:
    run = at_a_gate(engine, 0)
    held = Event()
    engine.database.writer.submit(lambda _: held.wait(20))
    ends = engine.submit(run, c.DecideApproval("a0", "approve", "d", ANA))
    late = engine.submit(run, c.PauseRun(ANA))
    held.set()
    assert ends.result().status == "succeeded"
    with pytest.raises(CommandRefused, match="is succeeded"):
        late.result()


def kept_in(engine: Engine) -> list[str]:
    """The runs whose states the writer has in memory."""
    known = engine.database.writer.submit(states.states_of).result()
    return list(known._kept)
