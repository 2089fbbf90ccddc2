"""What lists ask: pages by key, what is ready, what is due, what waits for a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store import (
    approvals,
    artifacts,
    events,
    logs,
    processes,
    projects,
    runners,
    runs,
    steps,
)
from store.database import Database
from store.records import ArtifactRecord, ProcessRecord, RunnerRecord
from store.writing import Batch
from tests.store.given import approval, event, log, run, step


def put(database: Database, *works: Callable[[Batch], None]) -> None:
    for work in works:
        database.writer.submit(work).result()


@pytest.fixture
def many_runs(database: Database) -> Database:
    def work(batch: Batch) -> None:
        for n in range(25):
            batch.put_run(
                run(
                    f"r{n:02}",
                    workflow=("renewal", "notes")[n % 2],
                    status=("running", "failed", "succeeded")[n % 3],
                    project="acme" if n < 5 else "",
                    started_at=100.0 + n,
                    title=f"100% of {n}" if n == 7 else "A renewal",
                    reason="Timed Out" if n == 10 else "",
                )
            )

    put(database, work)
    return database


def test_runs_come_newest_first_a_page_at_a_time(many_runs: Database) -> None:
    seen: list[str] = []
    before = None
    while page := runs.page(many_runs, before=before, limit=10):
        seen += [row.id for row in page]
        before = seen[-1]
        # What arrives meanwhile does not move the pages that follow.
        newer = run(f"r9{len(seen)}")
        put(many_runs, lambda batch, newer=newer: batch.put_run(newer))
    assert seen == [f"r{n:02}" for n in reversed(range(25))]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"status": "failed"}, [1, 4, 7, 10, 13, 16, 19, 22]),
        ({"status": ("failed", "running"), "project": "acme"}, [0, 1, 3, 4]),
        ({"workflow": "notes", "project": "acme"}, [1, 3]),
        ({"since": 122.0}, [22, 23, 24]),
        ({"search": "timed out"}, [10]),
        ({"search": "100%"}, [7]),
        ({"search": "R0"}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"search": "_"}, []),
        ({"status": ()}, []),
    ],
)
def test_runs_are_filtered(
    many_runs: Database, filters: dict[str, object], expected: list[int]
) -> None:
    found = runs.page(many_runs, **filters)  # type: ignore[arg-type]
    assert [row.id for row in found] == [f"r{n:02}" for n in reversed(expected)]
    assert runs.total(many_runs, **filters) == len(expected)  # type: ignore[arg-type]


def test_runs_are_counted_by_status(many_runs: Database) -> None:
    assert runs.counts(many_runs) == {"running": 9, "failed": 8, "succeeded": 8}


def test_a_run_is_found_by_its_beginning(many_runs: Database) -> None:
    assert runs.find(many_runs, "r02") == ["r02"]
    assert runs.find(many_runs, "r0") == ["r00", "r01", "r02", "r03", "r04"]
    assert runs.find(many_runs, "r_") == []
    assert runs.find(many_runs, "x") == []
    assert runs.get(many_runs, "r0") is None


def test_history_is_read_from_any_seq_and_any_position(database: Database) -> None:
    put(
        database,
        lambda batch: batch.append([event("r1", 1), event("r2", 1), event("r1", 2)]),
    )
    assert [e.seq for e in events.history(database, "r1")] == [1, 2]
    assert [e.seq for e in events.history(database, "r1", after=1)] == [2]
    assert events.history(database, "r3") == []
    assert [e.position for e in events.since(database, 1, limit=1)] == [2]
    assert events.last_position(database) == 3
    assert events.runs(database) == ["r1", "r2"]


def test_steps_are_ready_when_their_run_goes_on(database: Database) -> None:
    def work(batch: Batch) -> None:
        for name, status in (
            ("r1", "running"),
            ("r2", "paused"),
            ("r3", "failed"),
            ("r4", "waiting"),
        ):
            batch.put_run(run(name, status=status))
            batch.put_step(step(name, "late", ready_at=20.0))
            batch.put_step(step(name, "early", ready_at=10.0))
            batch.put_step(step(name, "done", "succeeded", ready_at=5.0))

    put(database, work)
    ready = [(s.run, s.path) for s in steps.ready(database, 10)]
    assert ready == [("r1", "early"), ("r4", "early"), ("r1", "late"), ("r4", "late")]
    assert len(steps.ready(database, 3)) == 3


def test_timers_are_due_in_order(database: Database) -> None:
    assert steps.next_due(database) is None

    def work(batch: Batch) -> None:
        batch.put_step(step("r1", "a", "waiting", wake_at=30.0))
        batch.put_step(step("r1", "b", "retrying", wake_at=10.0))
        batch.put_step(step("r1", "c", "waiting"))

    put(database, work)
    assert steps.next_due(database) == 10.0
    assert [s.path for s in steps.due(database, 10.0, 5)] == ["b"]
    assert [s.path for s in steps.due(database, 99.0, 5)] == ["b", "a"]
    put(database, lambda batch: batch.put_step(step("r1", "b", "succeeded")))
    assert steps.next_due(database) == 30.0


def test_running_and_interrupted_steps_are_found(database: Database) -> None:
    def work(batch: Batch) -> None:
        batch.put_step(step("r1", "a", "running", runner="x", attempt=2))
        batch.put_step(step("r1", "b", "interrupted"))

    put(database, work)
    assert steps.running(database) == [
        step("r1", "a", "running", runner="x", attempt=2)
    ]
    assert [s.path for s in steps.interrupted(database)] == ["b"]


@pytest.mark.parametrize(
    "question",
    [
        lambda database: steps.ready(database, 10),
        steps.running,
        steps.interrupted,
        lambda database: steps.due(database, 5.0),
        steps.next_due,
        lambda database: runs.page(database, status="failed", before="r9"),
        lambda database: runs.page(database, workflow="w", before="r9"),
        lambda database: runs.page(database, project="p", before="r9"),
        lambda database: runs.page(database, before="r9"),
        lambda database: runs.find(database, "r1"),
        runs.counts,
        approvals.pending,
        approvals.count_pending,
        lambda database: approvals.of_run(database, "r1"),
        lambda database: logs.page(database, "r1"),
        lambda database: logs.tail(database, "r1", 10),
        lambda database: logs.count(database, "r1"),
        lambda database: events.history(database, "r1", 3),
        lambda database: events.since(database, 3),
        lambda database: steps.of_run(database, "r1"),
    ],
)
def test_an_index_answers(
    database: Database, question: Callable[[Database], object]
) -> None:
    asked: list[tuple[str, object]] = []
    database.connections.query_hooks.append(
        lambda query: asked.append((query.sql, query.params))
    )
    question(database)
    database.connections.query_hooks.clear()
    for sql, params in asked:
        plan = database.connections.execute_sql(f"explain query plan {sql}", params)
        scans = [detail for *_, detail in plan.fetchall() if detail.startswith("SCAN")]
        assert all("USING" in detail for detail in scans), scans


def test_what_waits_for_a_person_comes_by_risk_then_age(database: Database) -> None:
    def work(batch: Batch) -> None:
        batch.put_approval(approval("a2", requested_at=20.0))
        batch.put_approval(approval("b1", requested_at=40.0, risk="high"))
        batch.put_approval(approval("b2", requested_at=5.0, risk="low"))
        batch.put_approval(approval("a1", "r2", requested_at=30.0))
        batch.put_approval(approval("a3", requested_at=10.0, status="rejected"))

    put(database, work)
    assert [a.id for a in approvals.pending(database)] == ["b1", "a2", "a1", "b2"]
    assert [a.id for a in approvals.pending(database, limit=1)] == ["b1"]
    assert approvals.count_pending(database) == 4
    found = [a.id for a in approvals.of_run(database, "r1")]
    assert found == ["b2", "a3", "a2", "b1"]
    assert approvals.find(database, "a") == ["a1", "a2", "a3"]
    assert approvals.get(database, "a9") is None


def test_logs_are_paged_by_id_and_read_from_the_end(database: Database) -> None:
    def work(batch: Batch) -> None:
        for n in range(6):
            batch.add_logs(
                [log("r1", f"{n}", path=("draft", "send")[n % 2]), log("r2", "other")]
            )

    put(database, work)
    first = logs.page(database, "r1", limit=4)
    assert [line.text for line in first] == ["0", "1", "2", "3"]
    rest = logs.page(database, "r1", after=first[-1].id)
    assert [line.text for line in rest] == ["4", "5"]
    assert [line.text for line in logs.tail(database, "r1", 2)] == ["4", "5"]
    of_send = logs.page(database, "r1", path="send")
    assert [line.text for line in of_send] == ["1", "3", "5"]
    assert [line.text for line in logs.tail(database, "r1", 1, "draft")] == ["4"]
    before = logs.tail(database, "r1", 2, "draft", before=rest[0].id)
    assert [line.text for line in before] == ["0", "2"]
    assert logs.tail(database, "r1", 2, streams=("err",)) == []
    assert logs.count(database, "r1", after=first[-1].id) == (2, rest[-1].id)
    assert logs.count(database, "r1", "send", before=rest[0].id).lines == 2
    assert logs.count(database, "none") == (0, 0)


def test_artifacts_of_a_run(database: Database) -> None:
    document = ArtifactRecord(
        run="r1",
        path="brief",
        name="brief",
        title="Brief",
        form="report",
        digest="d" * 64,
        size=10,
        created_at=1.0,
    )
    put(database, lambda batch: batch.add_artifact(document))
    assert artifacts.of_run(database, "r1") == [document]
    assert artifacts.of_run(database, "r2") == []


def runner(name: str, beat_at: float) -> RunnerRecord:
    return RunnerRecord(
        id=name,
        pid=1,
        pid_started="x",
        machine="m",
        boot="b",
        started_at=1.0,
        beat_at=beat_at,
    )


def test_a_runner_lives_while_it_beats(database: Database) -> None:
    runners.beat(database, runner("one", 100.0))
    runners.beat(database, runner("two", 100.0))
    runners.beat(database, runner("two", 115.0))
    assert [r.id for r in runners.living(database, 120.0)] == ["one", "two"]
    assert [r.id for r in runners.living(database, 121.0)] == ["two"]
    assert [r.id for r in runners.gone(database, 121.0)] == ["one"]
    runners.end(database, "one", 121.0)
    assert runners.gone(database, 121.0) == []
    assert len(runners.every(database)) == 2


def test_processes_of_an_attempt_are_known_until_they_have_ended(
    database: Database,
) -> None:
    group = ProcessRecord(
        run="r1", path="send", attempt=1, pid=42, pid_started="x", boot="b"
    )
    processes.add(database, group).result()
    processes.add(database, group).result()
    assert processes.of_attempt(database, "r1", "send", 1) == [group]
    assert processes.of_attempt(database, "r1", "send", 2) == []
    processes.forget_these(database, [group])
    assert processes.of_attempt(database, "r1", "send", 1) == []


def test_projects_are_put_away_and_never_deleted(database: Database) -> None:
    assert projects.create(database, "acme", "Acme", now=5.0)
    assert not projects.create(database, "acme", "Other", now=6.0)
    found = projects.get(database, "acme")
    assert found is not None
    assert (found.title, found.archived, found.created_at) == ("Acme", False, 5.0)
    assert projects.rename(database, "acme", "Acme Inc")
    assert projects.archive(database, "acme")
    assert projects.every(database) == []
    assert [p.title for p in projects.every(database, archived=True)] == ["Acme Inc"]
    assert projects.archive(database, "acme", archived=False)
    assert [p.name for p in projects.every(database)] == ["acme"]
    assert not projects.archive(database, "nobody")
