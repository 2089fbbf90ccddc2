"""Yesterday's copy in the store's place: a clear line, and no history is torn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw

from engine.machine import commands as c
from store import doctor, events, runners
from tests.given import ANA
from tests.stories.place import Place, until

MakePlace = Callable[..., Place]

LONG = """workflow: long
steps:
  - {id: first, approval: {title: "Go on?"}}
  - {id: second, approval: {title: "And on?"}}
  - {id: third, shell: "echo third >> FILE"}
"""


def copy(source: Path, target: Path) -> None:
    """As `sqlite3 SOURCE ".backup TARGET"` does, and `.restore` the other way."""
    one, other = apsw.Connection(str(source)), apsw.Connection(str(target))
    try:
        with other.backup("main", one, "main") as backup:
            backup.step()
    finally:
        other.close()
        one.close()


def approve(place: Place, run: str, path: str) -> None:
    approval = place.until_step(run, path, "waiting").approval
    digest = place.state(run).approvals[approval].digest
    place.engine.handle(run, c.DecideApproval(approval, "approve", digest, ANA))


def test_a_store_that_goes_back_tears_no_history(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(long=LONG)
    run = place.start("long")
    copy(place.database.path, tmp_path / "yesterday.db")
    attempt = c.StartAttempt("first", "w1")
    place.engine.handle(run, attempt)
    place.engine.handle(run, c.ReportLost("first", 1, "w1", "gone"))
    copy(tmp_path / "yesterday.db", place.database.path)
    state = place.engine.handle(run, attempt)
    assert state == place.state(run)
    numbers = [event.seq for event in events.history(place.database, run)]
    assert numbers == [1, 2, 3]
    assert doctor.check(place.database, thorough=True) == []


def test_a_runner_says_that_its_store_went_back_and_stops(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(long=LONG.replace("FILE", str(tmp_path / "effects")))
    run = place.start("long")
    first = place.wake()
    place.until_step(run, "first", "waiting")
    copy(place.database.path, tmp_path / "yesterday.db")
    beat = runners.every(place.database)[0].beat_at
    until(lambda: runners.every(place.database)[0].beat_at > beat)  # a day goes by
    approve(place, run, "first")
    place.until_step(run, "second", "waiting")
    copy(tmp_path / "yesterday.db", place.database.path)
    until(lambda: first.poll() is not None, place.said)
    (line,) = place.said().splitlines()
    assert "the store has gone back to an older copy" in line
    assert (first.returncode, place.step(run, "first").status) == (0, "waiting")
    place.wake()
    approve(place, run, "first")
    approve(place, run, "second")
    assert place.until_run(run, "succeeded", "failed").status == "succeeded"
    assert (tmp_path / "effects").read_text() == "third\n"
    assert doctor.check(place.database, thorough=True) == []


def test_another_file_in_the_stores_place_is_left_alone(
    make_place: MakePlace, tmp_path: Path
) -> None:
    place = make_place(long=LONG)
    run = place.start("long")
    copy(place.database.path, tmp_path / "yesterday.db")
    first = place.wake()
    place.until_step(run, "first", "waiting")
    replace_files(place, tmp_path / "yesterday.db")
    until(lambda: first.poll() is not None, place.said)
    assert "the store is gone, or is another one by now" in place.said()
    place.wake()
    place.until_step(run, "first", "waiting")
    assert len(place.state(run).approvals) == 1
    assert doctor.check(place.database, thorough=True) == []


def replace_files(place: Place, copied: Path) -> None:
    """As a person does who puts a copy there by hand, and what belongs to it."""
    path = place.database.path
    place.database.close()
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    copied.replace(path)
