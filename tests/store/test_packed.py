"""What is packed reads as it did, and what comes after it stands beside it."""

from __future__ import annotations

import pytest

from store import (
    approvals,
    blobs,
    counting,
    doctor,
    events,
    packed,
    packing,
    packs,
    pruned,
    steps,
)
from store.database import DamagedDatabase, Database
from store.tables import Event, Packed, Run, Step
from store.writing import Batch
from tests.store.given import approval, event, run, step

LATE = 1_000.0  # when every run here has long ended


def put(database: Database, name: str, count: int = 3, first: int = 1) -> None:
    """A run that has ended at 10.0, with events up to `count`, and two steps."""

    def work(batch: Batch) -> None:
        batch.append([event(name, seq) for seq in range(first, count + 1)])
        for n, path in enumerate(("draft", "send"), 1):
            batch.put_step(step(name, path, "succeeded", position=n, ended_at=9.0))
        batch.put_run(run(name, seq=count, status="succeeded", ended_at=10.0))

    database.writer.submit(work).result()


def pack_all(database: Database, now: float = LATE, after: float = 100.0) -> None:
    while packing.pack(database, now, after):
        pass


def rows(database: Database, table: type[Event] | type[Step]) -> int:
    return len(database.rows(table.select(table.run)))


def told(database: Database) -> object:
    names = events.runs(database)
    return (
        names,
        [events.history(database, name) for name in names],
        [events.history(database, name, 1, until=2) for name in names],
        [steps.of_run(database, name) for name in names],
        events.since(database, 0),
        events.since(database, 2, limit=2),
        events.last_position(database),
        counting.highest(database),
        counting.there(database),
    )


def test_a_packed_run_reads_as_it_did(database: Database) -> None:
    put(database, "r1")
    put(database, "r2", 4)
    before = told(database)
    pack_all(database)
    assert (rows(database, Event), rows(database, Step)) == (0, 0)
    assert told(database) == before
    assert events.history(database, "r1", 3) == []


def test_what_comes_later_stands_beside_it_and_is_packed_with_it(
    database: Database,
) -> None:
    put(database, "r1", 3)
    pack_all(database)
    put(database, "r1", 5, first=4)
    before = told(database)
    assert [e.seq for e in events.history(database, "r1")] == [1, 2, 3, 4, 5]
    assert [e.seq for e in events.history(database, "r1", 2, until=4)] == [3, 4]
    pack_all(database)
    assert rows(database, Event) == 0
    assert told(database) == before


def test_the_row_of_a_step_counts_more_than_its_pack(database: Database) -> None:
    put(database, "r1")
    pack_all(database)
    again = step("r1", "send", "running", position=2, attempt=2)
    database.writer.submit(lambda batch: batch.put_step(again)).result()
    found = steps.of_run(database, "r1")
    assert [(s.path, s.status) for s in found] == [
        ("draft", "succeeded"),
        ("send", "running"),
    ]


def test_a_run_is_packed_when_it_has_long_ended(database: Database) -> None:
    def work(batch: Batch) -> None:
        batch.append([event("r1", 1)])
        batch.put_run(run("r1", seq=1))

    database.writer.submit(work).result()
    put(database, "r2")
    pack_all(database, 110.0)
    assert rows(database, Event) == 4
    pack_all(database)
    assert [e.run for e in events.since(database, 0)] == ["r1", "r2", "r2", "r2"]
    assert rows(database, Event) == 1
    put(database, "r1", 2, first=2)
    pack_all(database)
    assert rows(database, Event) == 0


def test_a_run_that_ended_in_the_future_holds_up_no_other(database: Database) -> None:
    put(database, "r1")
    ahead = Run.update(ended_at=9_999.0)
    database.write(lambda: database.run(ahead))
    put(database, "r2")
    pack_all(database)
    assert rows(database, Event) == 0


def test_steps_that_are_looked_for_keep_their_rows(database: Database) -> None:
    put(database, "r1")

    def work(batch: Batch) -> None:
        told = step("r1", "ask", "succeeded", position=3, ended_at=9.0, asked="d" * 64)
        gate = step("r1", "gate", "succeeded", kind="approval", ended_at=9.0)
        batch.put_step(told)
        batch.put_step(gate)
        batch.put_approval(approval("a1", "r1", status="approved", ended_at=9.0))

    database.writer.submit(work).result()
    before = steps.of_run(database, "r1")
    pack_all(database)
    assert rows(database, Step) == 2
    assert steps.of_run(database, "r1") == before
    answered = steps.asked(database, "d" * 64)
    assert answered is not None
    assert answered.path == "ask"
    (asked,) = approvals.approved_for(database, "approval", 1.0)
    assert asked.id == "a1"


def test_no_number_is_given_twice_after_the_newest_event_is_packed(
    database: Database,
) -> None:
    put(database, "r1")
    pack_all(database)
    put(database, "r2", 1)
    (newest,) = events.history(database, "r2")
    assert (newest.device_seq, newest.position) == (4, 4)
    numbers = [(database.device, 2)]
    taken = events.numbered(database, numbers)
    assert taken is not None
    assert (taken.run, taken.device_seq) == ("r1", 2)
    assert events.numbered(database, [("another", 2)]) is None
    assert [*doctor.numbers(database)] == []


def test_a_removed_run_leaves_no_pack(database: Database) -> None:
    put(database, "r1")
    put(database, "r2")
    pack_all(database)
    assert pruned.size(database, ["r1"]) > 0
    database.write(lambda: pruned.remove(database, ["r1"]))
    assert events.runs(database) == ["r2"]
    assert events.history(database, "r1") == []
    assert [*doctor.numbers(database)] == []


def test_large_data_stays_a_file_that_a_pack_names(database: Database) -> None:
    text = b"x" * (events.LARGE + 1)

    def work(batch: Batch) -> None:
        batch.append([event("r1", 1, text)])
        batch.put_run(run("r1", seq=1, status="failed", ended_at=10.0))

    database.writer.submit(work).result()
    pack_all(database)
    assert [e.data for e in events.history(database, "r1")] == [text]
    (sha,) = events.large(database)
    assert sha.encode() in set(pruned.named_digests(database))
    blobs.path(database.folder, sha).unlink()
    assert any("is missing" in line for line in doctor.blobs_missing(database, False))


def test_a_history_with_a_gap_is_left_as_it_is(database: Database) -> None:
    put(database, "r1")
    database.write(lambda: database.run(Event.delete().where(Event.seq == 2)))
    pack_all(database)
    assert rows(database, Event) == 2
    assert any("some are lost" in line for line in doctor.histories(database))


def test_the_doctor_names_a_pack_that_is_gone_or_harmed(database: Database) -> None:
    put(database, "r1")
    put(database, "r2")
    pack_all(database)
    assert [*doctor.histories(database), *doctor.packs_read(database, True)] == []
    database.write(lambda: database.run(Packed.delete().where(Packed.run == "r1")))
    assert any("its history has 0" in line for line in doctor.rows_behind(database))
    assert any("3 of the 6 events" in line for line in doctor.numbers(database))
    harmed = packed.of_run(database, "r2")
    assert harmed is not None
    cut = Packed.update(data=harmed[:-1])
    database.write(lambda: database.run(cut))
    (line,) = doctor.packs_read(database, True)
    assert line == "what was packed of run r2 can't be read: restore a backup"
    with pytest.raises(DamagedDatabase):
        events.history(database, "r2")


def test_the_doctor_names_a_pack_without_a_run_and_a_history_that_overlaps(
    database: Database,
) -> None:
    put(database, "r1")
    pack_all(database)
    put(database, "r1", 3, first=3)
    assert any("3 that are packed" in line for line in doctor.histories(database))
    database.write(lambda: database.run(Run.delete()))
    assert any("rows in packed" in line for line in doctor.orphans(database))


@pytest.mark.parametrize("harm", [b"", b"nothing of ours", b"x\x9c"])
def test_what_is_no_pack_is_refused_in_a_line(harm: bytes) -> None:
    with pytest.raises(DamagedDatabase, match="run r1 can't be read"):
        packs.events_in("r1", harm)


def test_a_text_that_would_be_too_large_is_neither_written_nor_read(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    put(database, "r1")
    monkeypatch.setattr(packs, "LARGEST", 10)
    pack_all(database)
    assert rows(database, Event) == 3
    monkeypatch.undo()
    database.write(lambda: packing.begin_again(database))
    pack_all(database)
    monkeypatch.setattr(packs, "LARGEST", 10)
    with pytest.raises(DamagedDatabase):
        events.history(database, "r1")
