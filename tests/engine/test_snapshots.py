"""Stored states: what the history folds to, few, never trusted blindly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine import snapshots
from engine.errors import NotFound
from engine.handle import Engine
from engine.machine import commands as c
from engine.machine.codec import decode
from engine.machine.events import Entry
from engine.machine.evolve import fold
from engine.machine.state import RunState
from store import events
from store import snapshots as stored
from store.tables import Snapshot
from tests.given import ANA, make_workspace, open_engine, start

WAITS = """\
workflow: waits
steps:
  - id: draft
    set: {text: Hello}
  - id: rest
    wait: 1h
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(make_workspace(tmp_path, {"waits.yaml": WAITS}))
    yield engine
    engine.database.close()


def go_on(engine: Engine, run: str, events: int) -> None:
    """Give a run more events than that, without a runner."""
    while engine.load(run).seq < events:
        engine.handle(run, c.PauseRun(ANA, "a word"))
        engine.handle(run, c.ResumeRun(ANA))


def folded(engine: Engine, run: str, seq: int) -> RunState:
    """The state after an event, from the history alone."""
    found = events.history(engine.database, run, until=seq)
    return fold(Entry(r.seq, r.at, r.cause, decode(r.data)) for r in found)


def test_a_state_from_a_snapshot_equals_the_fold_of_the_history(engine: Engine) -> None:
    run = start(engine, "waits")
    go_on(engine, run, 3 * snapshots.EVERY)
    assert stored.count(engine.database, run) == 3
    last = engine.load(run).seq
    for seq in range(1, last + 1):
        assert engine.at(run, seq) == folded(engine, run, seq)
        found = snapshots.nearest(engine.database, run, seq)
        assert found is None or found == folded(engine, run, found.seq)
    assert engine.load(run) == folded(engine, run, last)


def test_a_run_keeps_its_newest_snapshots(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 1)
    run = start(engine, "waits")
    go_on(engine, run, stored.KEPT + 10)
    assert stored.count(engine.database, run) == stored.KEPT
    newest = stored.newest(engine.database, run)
    assert newest is not None
    assert newest.seq == engine.load(run).seq
    assert engine.at(run, 1) == folded(engine, run, 1)


def test_what_another_version_of_weir_stored_is_folded_anew(engine: Engine) -> None:
    run = start(engine, "waits")
    go_on(engine, run, snapshots.EVERY)
    before = engine.load(run)
    other = Snapshot.update(data=b'{"form": "9.9/other", "state": {"nothing": 1}}')
    assert engine.database.write(lambda: engine.database.run(other)) == 1
    assert snapshots.nearest(engine.database, run) is None
    assert engine.load(run) == before


def test_a_state_that_never_was_is_refused_with_those_there_are(engine: Engine) -> None:
    run = start(engine, "waits")
    last = engine.load(run).seq
    with pytest.raises(NotFound, match=f"has events 1 to {last}; there is no 9999"):
        engine.at(run, 9999)


def test_a_state_of_many_steps_is_written_in_proportion_less_often(
    engine: Engine,
) -> None:
    state = engine.load(start(engine, "waits"))
    step = next(iter(state.steps.values()))

    def written(steps: int) -> int:
        """Snapshots in the time in which 8,192 events happen."""
        wide = replace(state, steps={f"s{n}": step for n in range(steps)})
        return sum(snapshots.due(replace(wide, seq=n), 1) for n in range(1, 8193))

    assert written(10) == 128
    assert written(1_000) == 8
    assert written(10_000) == 0
