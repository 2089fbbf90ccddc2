"""The doctor on a real store that was harmed: each harm is named, and mended or not."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import sound, witness
from engine.handle import Engine
from engine.lost import boot_id, forget_processes, started
from engine.machine.state import RunStatus
from store import counting, processes, rebuilding, runs
from store.database import open_database
from store.errors import DiskFull
from store.records import ProcessRecord
from store.tables import Approval, Artifact, Event, Run, Step
from tests.given import ANA, make_workspace, open_engine, running, start, until

WORKFLOW = """\
workflow: asks
steps:
  - id: page
    artifact: {form: page, title: Page, sections: [{heading: One, text: two}]}
  - id: gate
    approval: {title: Go on?, show: [artifacts.page]}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A store with one run that waits at a gate."""
    engine = open_engine(make_workspace(tmp_path / "work", {"asks.yaml": WORKFLOW}))
    ask(engine)
    yield engine
    engine.database.close()


def ask(engine: Engine) -> str:
    run = start(engine, "asks")

    async def work() -> None:
        async with running(engine):
            await until(engine, run, RunStatus.WAITING)

    asyncio.run(work())
    return run


def the_run(engine: Engine) -> str:
    return runs.page(engine.database)[-1].id


def sql(query: object) -> Callable[[Engine], None]:
    def harm(engine: Engine) -> None:
        assert engine.database.write(lambda: engine.database.run(query)) > 0

    return harm


def invent_a_step(engine: Engine) -> None:
    query = (
        "insert into step select run, 'ghost', step, kind, visit, 9, status, attempt,"
    )
    query += (
        " runner, ready_at, started_at, ended_at, wake_at, title, summary, awaits,"
        " asked from step"
    )
    engine.database.write(
        lambda: engine.database.connections.execute_sql(query + " limit 1")
    )


def test_a_sound_store_has_nothing_to_say(engine: Engine) -> None:
    assert sound.check(engine) == []
    assert sound.check(engine, thorough=True) == []


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (
            sql(Step.update(status="running").where(Step.path == "gate")),
            "is open, and its step gate does not wait",
        ),
        (sql(Step.delete().where(Step.path == "gate")), "its step gate does not wait"),
        (sql(Approval.update(status="approved")), "waits for a gate that is not open"),
        (sql(Approval.delete()), "waits for a gate that is not open"),
        (sql(Run.update(status="succeeded")), "has another status"),
        (sql(Run.update(title="Other")), "has another title"),
        (sql(Run.delete()), "is not listed"),
        (sql(Step.update(summary="x").where(Step.path == "page")), "another summary"),
        (sql(Artifact.update(title="Other")), "artifact page/page has another title"),
        (sql(Artifact.delete()), "artifact page/page has no row"),
        (invent_a_step, "step ghost is listed and never was"),
    ],
)
def test_rows_that_tell_another_story_are_named_and_mended(
    engine: Engine, harm: Callable[[Engine], None], says: str
) -> None:
    run = the_run(engine)
    harm(engine)
    found = sound.check(engine)
    assert any(says in line for line in found), found
    assert all("weir doctor --rebuild" in line for line in found)
    engine.rebuild(run)
    assert sound.check(engine, thorough=True) == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (Event.delete().where(Event.seq == 2), "some are lost"),
        (Event.update(data=b'{"type":"Nonsense"}').where(Event.seq == 3), "can't be"),
        (Event.update(data=b"{").where(Event.seq == 3), "can't be read"),
    ],
)
def test_a_history_that_was_harmed_is_named(
    engine: Engine, query: object, says: str
) -> None:
    sql(query)(engine)
    assert any(says in line for line in sound.check(engine))


def test_a_rebuild_that_can_not_write_is_no_damage_of_a_history(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: str) -> None:
        raise DiskFull("the disk is full")

    monkeypatch.setattr(engine, "rebuild", full)
    with pytest.raises(DiskFull):
        sound.rebuild(engine)


def test_a_lost_history_of_a_whole_run_is_missed(engine: Engine) -> None:
    first = the_run(engine)
    ask(engine)
    sql(Event.delete().where(Event.run == first))(engine)
    engine.database.write(lambda: rebuilding.forget(engine.database, first))
    found = sound.check(engine)
    assert any(
        "events of this device are not here, and 0 were removed" in x for x in found
    )


def test_a_process_that_outlived_its_attempt_is_named(engine: Engine) -> None:
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    record = ProcessRecord(
        run=the_run(engine),
        path="page",
        attempt=1,
        pid=child.pid,
        pid_started=started(child.pid),
        boot=boot_id(),
    )
    processes.add(engine.database, record).result()
    (line,) = sound.check(engine)
    assert f"process {child.pid} of page" in line
    forget_processes(engine.database)
    assert processes.every(engine.database) == [record], "it is still there"
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert sound.check(engine) == []
    forget_processes(engine.database)
    assert processes.every(engine.database) == []


def test_a_store_that_grows_is_the_same_store(engine: Engine) -> None:
    for _ in range(2):
        witness.note(engine.database)
        assert list(witness.older_than_seen(engine.database)) == []
        ask(engine)
    assert list(witness.older_than_seen(engine.database)) == []


def restored(engine: Engine, harm: Callable[[Path], None]) -> Engine:
    """The workspace again, after something was done to the file of its database."""
    root = engine.workspace.root
    engine.database.close()
    harm(engine.database.path)
    return open_engine(root)


def test_yesterdays_copy_is_noticed_and_gives_no_number_twice(
    engine: Engine, tmp_path: Path
) -> None:
    copy = tmp_path / "yesterday.db"
    yesterday = counting.highest(engine.database)
    engine.database.connections.execute_sql("vacuum into ?", (str(copy),))
    lost = ask(engine)
    witness.note(engine.database)
    today = counting.highest(engine.database)

    again = restored(engine, lambda path: shutil.copyfile(copy, path) and None)
    (line,) = witness.older_than_seen(again.database)
    assert f"has come to event {yesterday}, and had come to {today}" in line
    witness.note(again.database)  # by itself it never comes to think this right
    assert list(witness.older_than_seen(again.database)) == [line]

    witness.accept(again.database, ANA, 5.0)
    assert list(witness.older_than_seen(again.database)) == []
    assert sound.check(again, thorough=True) == []
    assert ask(again) != lost
    first_new = Event.select(Event.device_seq).where(Event.device_seq > yesterday)
    assert again.database.value(first_new.order_by(Event.device_seq)) == today + 1
    assert sound.check(again, thorough=True) == []
    again.database.close()


@pytest.mark.parametrize("left", [0, 31, 1000])
def test_a_young_store_whose_log_was_cut_off_is_noticed(
    engine: Engine, left: int
) -> None:
    witness.note(engine.database)
    file = engine.database.path.read_bytes()
    log = Path(f"{engine.database.path}-wal").read_bytes()

    def as_a_crash_left_it(path: Path) -> None:
        path.write_bytes(file)
        Path(f"{path}-wal").write_bytes(log[:left])

    again = restored(engine, as_a_crash_left_it)
    (line,) = witness.older_than_seen(again.database)
    assert line.startswith("the database is an older copy: it has come to event 0,")
    again.database.close()


def test_a_file_of_the_same_length_in_its_place_is_noticed(
    engine: Engine, tmp_path: Path
) -> None:
    witness.note(engine.database)

    def replace(path: Path) -> None:
        shutil.copyfile(path, tmp_path / "other.db")
        shutil.copyfile(path, tmp_path / "another.db")  # so that no inode is free again
        (tmp_path / "other.db").replace(path)

    again = restored(engine, replace)
    (line,) = witness.older_than_seen(again.database)
    assert "is another file than it was" in line
    again.database.close()


def test_a_write_ahead_log_that_was_cut_off_is_noticed(
    engine: Engine, tmp_path: Path
) -> None:
    ask(engine)
    witness.note(engine.database)
    there = engine.database.folder
    # What a machine that died left on its disk: the last commits are only in the log.
    died = tmp_path / "died"
    shutil.copytree(there, died, ignore=shutil.ignore_patterns("run", "*.sock"))
    log = died / "weir.db-wal"
    (died / "weir.db-shm").unlink(missing_ok=True)
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size // 2)
    with open_database(died) as database:
        found = list(witness.older_than_seen(database))
    assert "the database is an older copy" in found[0]
