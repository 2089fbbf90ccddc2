"""Throwing away: only what has ended, hidden first, and in the end nothing is left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import keeping, search, sound
from engine.audit import audit
from engine.desk import Desk
from engine.errors import CommandRefused
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.state import RUN_ENDED
from store import blobs, events, filters, index, pruned, runs
from store.database import DiskFull
from store.filters import FilterRecord
from store.tables import Run
from tests.given import (
    ANA,
    BOB,
    comes_true,
    make_workspace,
    open_engine,
    running,
    start,
    until,
)
from tests.store.conftest import small_disk
from tests.store.disk import fill

__all__ = ["small_disk"]  # a fixture of the store's

NOW = 2_000_000_000.0
WAITS = """\
workflow: waits
inputs:
  note: {type: string, default: nothing}
steps:
  - id: rest
    wait: 1h
"""
OUTER = """\
workflow: outer
steps:
  - id: inside
    run: waits
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(
        make_workspace(tmp_path, {"waits.yaml": WAITS, "outer.yaml": OUTER})
    )
    yield engine
    engine.database.close()


def ended(engine: Engine, note: str = "nothing") -> str:
    run = start(engine, "waits", note=note)
    engine.handle(run, c.CancelRun(ANA))
    return run


def listed(engine: Engine) -> list[str]:
    return [run.id for run in runs.page(engine.database)]


def prune(engine: Engine, *ids: str, at: float = NOW) -> int:
    return keeping.prune(engine.database, ANA, ids, at)


def purge(engine: Engine, *ids: str) -> int:
    return keeping.purge(engine.database, BOB, ids, NOW)


def test_a_run_is_hidden_and_comes_back_as_it_was(engine: Engine) -> None:
    kept, gone = ended(engine), ended(engine)
    before = runs.get(engine.database, gone)
    assert prune(engine, gone) == 1
    assert listed(engine) == [kept]
    assert runs.total(engine.database) == 1
    assert runs.counts(engine.database) == {"cancelled": 1}
    assert [r.id for r in runs.page(engine.database, pruned=True)] == [gone]
    assert keeping.undo(engine.database, ANA, [gone], NOW) == 1
    assert listed(engine) == [gone, kept]
    assert runs.get(engine.database, gone) == before


def test_a_run_that_has_not_ended_is_never_thrown_away(engine: Engine) -> None:
    run = start(engine, "waits")
    assert keeping.prunable(engine.database, before=NOW * 2) == []
    with pytest.raises(CommandRefused, match="only one that has ended"):
        prune(engine, run)
    # Not even when someone has marked it all the same.
    engine.database.write(lambda: pruned.mark(engine.database, [run], 1.0))
    assert purge(engine, run) == 0
    assert engine.load(run).id == run


def test_runs_are_chosen_by_age_workflow_and_status(engine: Engine) -> None:
    run = ended(engine)
    at = engine.load(run).ended_at
    assert at is not None
    for chosen, found in (
        ({"before": at + 1}, [run]),
        ({"before": at}, []),
        ({"before": at + 1, "workflow": "waits"}, [run]),
        ({"before": at + 1, "workflow": "other"}, []),
        ({"before": at + 1, "status": "cancelled"}, [run]),
        ({"before": at + 1, "status": "failed"}, []),
        ({"before": at + 1, "status": "running"}, []),
    ):
        assert keeping.prunable(engine.database, **chosen) == found, chosen  # type: ignore[arg-type]


def test_nobody_acts_on_a_run_that_is_hidden(engine: Engine) -> None:
    run = ended(engine)
    prune(engine, run)
    desk = Desk(engine, ANA)
    with pytest.raises(CommandRefused, match=f"weir prune --undo {run}"):
        desk.retry(run)


def test_what_is_purged_is_nowhere_in_the_folder(engine: Engine) -> None:
    secret = "correct-horse-battery"
    large = secret * 10_000
    run, other = ended(engine, note=large), ended(engine)
    search.catch_up(engine.database)
    files = [p for p in (engine.database.folder / "blobs").rglob("*") if p.is_file()]
    assert len(files) == 1
    os.utime(files[0], (1, 1))  # put long ago
    prune(engine, run)
    assert purge(engine, run) == 1
    assert events.history(engine.database, run) == []
    assert runs.get(engine.database, run) is None
    assert index.newest(engine.database, "correct", 5) == []
    for path in engine.database.folder.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path
    assert listed(engine) == [other]
    assert sound.check(engine, thorough=True) == []


def test_a_blob_that_another_run_names_stays(engine: Engine) -> None:
    large = "both of us " * 10_000
    gone, kept = ended(engine, note=large), ended(engine, note=large)
    for path in (engine.database.folder / "blobs").rglob("??/*"):
        os.utime(path, (1, 1))
    prune(engine, gone)
    purge(engine, gone)
    assert engine.load(kept).inputs == {"note": large}


def test_a_blob_whose_row_is_on_its_way_stays(engine: Engine) -> None:
    sha = blobs.put(engine.database.folder, b"a document just rendered")
    engine.database.write(lambda: pruned.sweep(engine.database))
    assert blobs.get(engine.database.folder, sha)
    os.utime(blobs.path(engine.database.folder, sha), (1, 1))
    assert blobs.put(engine.database.folder, b"a document just rendered") == sha
    engine.database.write(lambda: pruned.sweep(engine.database))
    assert blobs.get(engine.database.folder, sha)


def test_numbers_of_purged_events_are_not_given_again(engine: Engine) -> None:
    first, newest = ended(engine), ended(engine)
    highest = events.history(engine.database, newest)[-1].device_seq
    prune(engine, first, newest)
    purge(engine, first, newest)
    later = ended(engine)
    assert events.history(engine.database, later)[0].device_seq == highest + 1
    assert sound.check(engine, thorough=True) == []


def test_a_run_that_a_run_has_started_goes_with_it(engine: Engine) -> None:
    outer = start(engine, "outer")

    async def work() -> None:
        async with running(engine):
            await comes_true(lambda: runs.under(engine.database, outer))
            inner = runs.under(engine.database, outer)
            await asyncio.to_thread(engine.handle, inner[0].id, c.CancelRun(ANA))
            await until(engine, outer, *RUN_ENDED)

    asyncio.run(work())
    (inner,) = runs.under(engine.database, outer)
    assert keeping.whole(engine.database, [outer]) == [outer, inner.id]
    chosen = keeping.prunable(engine.database, before=NOW * 2)
    assert chosen == [outer, inner.id]
    for of in ({"status": "cancelled"}, {"workflow": "waits"}):
        assert keeping.prunable(engine.database, before=NOW * 2, **of) == []
    with pytest.raises(CommandRefused, match="thrown away with that"):
        prune(engine, inner.id)
    query = Run.update(status="running").where(Run.id == outer)
    assert engine.database.write(lambda: engine.database.run(query)) == 1
    with pytest.raises(CommandRefused, match=f"was begun by run {outer}"):
        keeping.require_ended(engine.database, [inner.id])
    assert keeping.prunable(engine.database, before=NOW * 2) == []


def test_what_was_hidden_lately_is_not_ripe(engine: Engine) -> None:
    old, new = ended(engine), ended(engine)
    prune(engine, old, at=NOW - 100)
    prune(engine, new, at=NOW)
    prune(engine, old, at=NOW)  # hidden again: its time stays
    assert keeping.ripe(engine.database, NOW - 50) == [old]


def test_a_run_brought_back_meanwhile_is_not_purged(engine: Engine) -> None:
    run = ended(engine)
    prune(engine, run)
    keeping.undo(engine.database, ANA, [run], NOW)
    assert purge(engine, run) == 0
    assert listed(engine) == [run]


def test_who_threw_what_away_stays_known(engine: Engine) -> None:
    run = ended(engine)
    prune(engine, run)
    purge(engine, run)
    told = [(each.kind, each.by.name, each.what) for each in audit(engine.database)]
    assert told == [
        ("prune", "ana", f"hid {run}"),
        ("purge", "bob", f"removed {run}"),
    ]


def until_full(engine: Engine) -> None:
    """Write what takes least until the room that is left in the log is used up."""
    for n in range(1000):
        words = {"person": "ana", "project": "", "pane": "runs", "text": "x"}
        filters.save(engine.database, FilterRecord(**words, name=f"f{n}"))


def test_a_full_disk_hides_all_or_nothing_and_removes_none(small_disk: Path) -> None:
    engine = open_engine(make_workspace(small_disk, {"waits.yaml": WAITS}))
    ids = [ended(engine) for _ in range(3)]
    hidden, *others = ids
    prune(engine, hidden)
    filler = fill(small_disk)
    with pytest.raises(DiskFull):
        until_full(engine)
    with pytest.raises(DiskFull):
        prune(engine, *others)
    assert sorted(listed(engine)) == sorted(others)
    with pytest.raises(DiskFull):
        purge(engine, hidden)
    assert runs.get(engine.database, hidden) is not None
    filler.unlink()
    prune(engine, *others)
    assert purge(engine, *ids) == 3
    assert sound.check(engine) == []
    engine.database.close()
