"""The doctor: silent on a sound workspace, one line with what to do for each fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store import blobs, doctor, events
from store.database import Database, open_database
from store.definitions import record_scan
from store.records import ArtifactRecord
from store.tables import Event, Run, Version
from store.writing import Batch
from tests.store.given import event, good, run, step


@pytest.fixture
def sound(database: Database) -> Database:
    """A workspace with one of everything."""
    found = good("renewal")
    record_scan(database, [found], complete=True, now=1.0)
    assert found.version is not None
    version = found.version.sha
    digest = blobs.put(database.folder, b"# Brief")

    def work(batch: Batch) -> None:
        batch.append([event("r1", 1), event("r1", 2, b"x" * (events.LARGE + 1))])
        batch.put_run(run("r1", seq=2, version=version))
        batch.put_step(step("r1", "draft"))
        batch.add_artifact(
            ArtifactRecord(
                run="r1",
                path="brief",
                name="brief",
                title="Brief",
                form="report",
                digest=digest,
                size=7,
                created_at=1.0,
            )
        )

    database.writer.submit(work).result()
    return database


def test_a_sound_workspace_has_nothing_to_say(sound: Database) -> None:
    assert doctor.check(sound) == []
    assert doctor.check(sound, thorough=True) == []


def remove_blobs(database: Database) -> None:
    for path in (database.folder / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()


def sql(database: Database, query: object) -> None:
    assert database.write(lambda: database.run(query)) > 0


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (
            lambda d: sql(d, Run.update(seq=1)),
            "listed as of event 1, its history has 2",
        ),
        (lambda d: sql(d, Run.delete()), "run r1 has rows in event and is not listed"),
        (lambda d: sql(d, Event.delete().where(Event.seq == 1)), "run r1 has 1 events"),
        (lambda d: sql(d, Version.delete()), "named by a run is missing"),
        (remove_blobs, "is missing: restore it from a backup"),
        (lambda d: d.folder.chmod(0o755), "can be read by others: chmod 700"),
        (lambda d: d.path.chmod(0o644), "can be read by others: chmod 600"),
        (lambda d: (d.folder.parent / ".stfolder").mkdir(), "copied by a sync program"),
    ],
)
def test_each_fault_is_a_line(
    sound: Database, harm: Callable[[Database], None], says: str
) -> None:
    harm(sound)
    assert any(says in line for line in doctor.check(sound))


def test_a_changed_blob_is_found_when_all_are_read(sound: Database) -> None:
    for path in (sound.folder / "blobs").rglob("*"):
        if path.is_file():
            path.write_bytes(b"other")
    assert doctor.check(sound) == []
    assert len(doctor.check(sound, thorough=True)) == 2


def test_a_damaged_file_is_found(sound: Database) -> None:
    def many(batch: Batch) -> None:
        batch.append([event("r2", n, b"x" * 500) for n in range(1, 2000)])

    sound.writer.submit(many).result()
    sound.close()
    content = bytearray(sound.path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = b"\xff" * 20_000
    sound.path.write_bytes(content)
    with open_database(sound.folder) as damaged:
        lines = doctor.check(damaged)
        assert lines
        assert all(line.startswith("the database is damaged: ") for line in lines)
        assert not any("\n" in line for line in lines)
