"""Group commit: together on the way in, each on its own when it goes wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from store import approvals, events, logs, runs, steps
from store.database import Database, NewerSchema, StoreError, open_database
from store.tables import SCHEMA, Setting
from store.writing import Batch
from tests.store.given import approval, begin, event, held, log, run, step


def together(
    database: Database, *works: Callable[[Batch], object]
) -> list[Future[object]]:
    """Submit works while the writer is held, so that they share a transaction."""
    with held(database):
        return [database.writer.submit(work) for work in works]


def commits_of(database: Database) -> list[int]:
    """A list that grows by one with every commit of this process."""
    commits: list[int] = []

    def count() -> bool:
        commits.append(1)
        return False

    def watch() -> None:
        database.connections.connection().set_commit_hook(count)

    database.writer.submit_alone(watch).result()
    commits.clear()
    return commits


def refuse_commits(database: Database, refuse: bool) -> None:
    def put_hook() -> None:
        hook = (lambda: True) if refuse else None
        database.connections.connection().set_commit_hook(hook)

    future = database.writer.submit_alone(put_hook)
    assert (future.exception() is not None) == refuse


def test_what_waits_together_is_committed_together(database: Database) -> None:
    commits = commits_of(database)
    works = [lambda batch, n=n: begin(batch, f"r{n}", 3) for n in range(100)]
    for future in together(database, *works):
        future.result()
    assert len(commits) == 2  # the one that held the writer, and the hundred
    assert runs.total(database) == 100
    assert events.last_position(database) == 300


def test_a_failing_work_harms_only_itself(database: Database) -> None:
    def fail(batch: Batch) -> None:
        begin(batch, "bad")
        batch.put_step(step("good", "draft", "failed"))
        raise ValueError("refused")

    first, bad, last = together(
        database,
        lambda batch: batch.put_step(step("good", "draft", "running")),
        fail,
        lambda batch: begin(batch, "good"),
    )
    first.result()
    last.result()
    with pytest.raises(ValueError, match="refused"):
        bad.result()
    assert runs.find(database, "") == ["good"]
    assert events.history(database, "bad") == []
    assert [s.status for s in steps.of_run(database, "good")] == ["running"]


def test_when_the_commit_fails_everyone_hears_and_nothing_is_kept(
    database: Database,
) -> None:
    database.writer.submit(lambda batch: begin(batch, "r1")).result()
    database.writer.remember["r1"] = "state"
    refuse_commits(database, True)
    for future in together_unheld(database, "r2", "r3"):
        assert isinstance(future.exception(), StoreError)
    assert database.writer.remember == {}
    refuse_commits(database, False)
    assert runs.find(database, "") == ["r1"]
    database.writer.submit(lambda batch: begin(batch, "r2")).result()
    assert [e.device_seq for e in events.since(database, 0)] == [1, 2]


def together_unheld(database: Database, *names: str) -> list[Future[None]]:
    return [
        database.writer.submit(lambda batch, name=name: begin(batch, name))
        for name in names
    ]


def test_a_write_that_breaks_a_rule_reaches_everyone_of_its_transaction(
    database: Database,
) -> None:
    database.writer.submit(lambda batch: begin(batch, "r1")).result()
    twice, other = together(
        database,
        lambda batch: batch.append([event("r1", 1)]),
        lambda batch: begin(batch, "r2"),
    )
    assert isinstance(twice.exception(), StoreError)
    assert isinstance(other.exception(), StoreError)
    assert other.exception() is not twice.exception()
    assert runs.get(database, "r2") is None


def test_an_answer_comes_after_the_commit(database: Database) -> None:
    with open_database(database.folder, read_only=True) as other:
        for n in range(20):
            database.writer.submit(lambda batch, n=n: begin(batch, f"r{n}")).result()
            assert runs.get(other, f"r{n}") is not None


def test_of_rows_with_one_key_the_last_counts(database: Database) -> None:
    def work(batch: Batch) -> None:
        batch.put_run(run("r1", status="created"))
        batch.put_run(run("r1", status="running"))
        batch.put_step(step("r1", "draft", "ready"))
        batch.put_step(step("r1", "draft", "running", attempt=1))
        batch.put_approval(approval("a1"))
        batch.put_approval(approval("a1", status="approved", approvers=("ana",)))

    database.writer.submit(work).result()
    database.writer.submit(
        lambda batch: batch.put_step(step("r1", "draft", "succeeded", attempt=1))
    ).result()
    assert runs.get(database, "r1") == run("r1", status="running")
    assert steps.of_run(database, "r1") == [step("r1", "draft", "succeeded", attempt=1)]
    assert approvals.get(database, "a1") == approval(
        "a1", status="approved", approvers=("ana",)
    )


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 200, 1000])
def test_any_number_of_rows_arrives_whole_and_in_order(
    database: Database, count: int
) -> None:
    def work(batch: Batch) -> None:
        begin(batch, "r1", count)
        batch.add_logs([log("r1", f"line {n}") for n in range(count)])

    database.writer.submit(work).result()
    assert [e.seq for e in events.history(database, "r1")] == [*range(1, count + 1)]
    kept = logs.page(database, "r1", limit=count)
    assert [line.text for line in kept] == [f"line {n}" for n in range(count)]


def test_events_are_numbered_over_all_runs_and_for_the_device(
    database: Database,
) -> None:
    for name in ("r1", "r2", "r1"):
        after = len(events.history(database, name))
        database.writer.submit(
            lambda batch, name=name, after=after: batch.append([event(name, after + 1)])
        ).result()
    found = events.since(database, 0)
    assert [(e.run, e.seq) for e in found] == [("r1", 1), ("r2", 1), ("r1", 2)]
    assert [e.position for e in found] == [1, 2, 3]
    assert [e.device_seq for e in found] == [1, 2, 3]
    assert {e.device for e in found} == {database.device}


def test_an_event_of_another_device_keeps_its_number(database: Database) -> None:
    foreign = event("r1", 1)
    foreign = type(foreign)(
        run="r1", seq=1, type="X", data=b"{}", at=1.0, device="dother", device_seq=9
    )
    database.writer.submit(lambda batch: batch.append([foreign])).result()
    database.writer.submit(lambda batch: batch.append([event("r1", 2)])).result()
    found = [(e.device, e.device_seq) for e in events.history(database, "r1")]
    assert found == [("dother", 9), (database.device, 1)]


def test_others_moves_when_anyone_else_has_committed(database: Database) -> None:
    def look(batch: Batch) -> int:
        batch.put_run(run("r1"))
        return batch.others()

    def looked() -> int:
        return database.writer.submit(look).result()

    first = looked()
    assert looked() == first
    database.writer.submit_alone(lambda: None).result()
    assert looked() == first
    with open_database(database.folder) as other:
        other.writer.submit(lambda batch: begin(batch, "r2")).result()
        # Work that does not ask hides it from nobody.
        database.writer.submit(lambda batch: None).result()
        assert looked() == first + 1
        assert looked() == first + 1


def test_settled_work_of_the_same_transaction_can_be_read(database: Database) -> None:
    def read(batch: Batch) -> tuple[int, int]:
        before = len(events.history(database, "r1"))
        batch.settle()
        return before, len(events.history(database, "r1"))

    _, reading = together(database, lambda batch: begin(batch, "r1", 2), read)
    assert reading.result() == (0, 2)


def test_a_failed_settle_fails_the_whole_transaction(database: Database) -> None:
    database.writer.submit(lambda batch: begin(batch, "r1")).result()

    def swallow(batch: Batch) -> str:
        with contextlib.suppress(Exception):
            batch.settle()
        return "went on"

    futures = together(
        database,
        lambda batch: begin(batch, "r1"),
        swallow,
        lambda batch: begin(batch, "r2"),
    )
    assert [type(future.exception()) for future in futures] == [StoreError] * 3
    assert runs.get(database, "r2") is None


def test_large_data_is_kept_in_a_file_and_read_back(database: Database) -> None:
    large = b"x" * (events.LARGE + 1)
    small = b"y" * events.LARGE
    database.writer.submit(
        lambda batch: batch.append([event("r1", 1, large), event("r1", 2, small)])
    ).result()
    assert [e.data for e in events.history(database, "r1")] == [large, small]
    files = [p for p in (database.folder / "blobs").rglob("*") if p.is_file()]
    assert [p.stat().st_size for p in files] == [len(large)]


def test_work_that_was_cancelled_in_time_is_not_done(database: Database) -> None:
    with held(database):
        future = database.writer.submit(lambda batch: begin(batch, "r1"))
        assert future.cancel()
    database.writer.submit(lambda batch: begin(batch, "r2")).result()
    assert runs.find(database, "") == ["r2"]


def test_work_alone_that_raises_leaves_nothing(database: Database) -> None:
    def work() -> None:
        database.run(Setting.insert(name="a", value="b"))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write(work)
    names = database.rows(Setting.select(Setting.name))
    assert names == [("device",)]


def test_closing_finishes_what_was_submitted(database: Database) -> None:
    futures = [
        database.writer.submit(lambda batch, n=n: begin(batch, f"r{n}"))
        for n in range(50)
    ]
    writer = database.writer
    database.close()
    assert all(future.done() and not future.exception() for future in futures)
    with pytest.raises(StoreError, match="closed"):
        writer.submit(lambda batch: None)


def test_a_work_can_not_wait_for_its_own_writer(database: Database) -> None:
    future = database.writer.submit(lambda batch: database.write(lambda: None))
    with pytest.raises(RuntimeError, match="can't wait"):
        future.result()


def test_a_database_migrated_by_a_newer_weir_meanwhile_is_not_written(
    database: Database,
) -> None:
    database.writer.submit(lambda batch: begin(batch, "r1")).result()
    with open_database(database.folder) as newer:
        newer.write(
            lambda: newer.connections.execute_sql(
                f"pragma user_version = {SCHEMA + 1}"
            ).fetchall()
        )
    with pytest.raises(NewerSchema, match="newer Weir"):
        database.writer.submit(lambda batch: begin(batch, "r2")).result()
    assert runs.find(database, "") == ["r1"]


def test_a_listener_that_fails_is_dropped_and_writing_goes_on(
    database: Database,
) -> None:
    told: list[str] = []

    def fail() -> None:
        told.append("failing")
        raise RuntimeError("Event loop is closed")

    database.writer.after_each(fail)
    database.writer.after_each(lambda: told.append("sound"))
    for name in ("r1", "r2"):
        database.writer.submit(lambda batch, name=name: begin(batch, name)).result()
    database.writer.close()
    assert told == ["failing", "sound", "sound"]
    assert runs.total(database) == 2
