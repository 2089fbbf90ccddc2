"""A full disk and one that can't be written: one line, nothing lost, and on again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store import blobs, doctor, events, logs, runs
from store.database import DiskFull, ReadOnlyDatabase, open_database, say
from tests.store.disk import fill, remount
from tests.store.given import begin, event, log


def test_a_full_disk_is_one_line_and_nothing_is_lost(small_disk: Path) -> None:
    with open_database(small_disk / ".weir") as database:
        database.writer.submit(lambda batch: begin(batch, "r1", 5)).result()
        filler = fill(small_disk)
        many = [log("r1", "x" * 1000) for _ in range(500)]
        with pytest.raises(DiskFull) as caught:
            database.writer.submit(lambda batch: batch.add_logs(many)).result()
        assert say(caught.value).startswith("the disk is full")
        assert "\n" not in say(caught.value)
        assert len(events.history(database, "r1")) == 5
        assert logs.page(database, "r1") == []

        filler.unlink()
        database.writer.submit(lambda batch: batch.append([event("r1", 6)])).result()
        assert len(events.history(database, "r1")) == 6
        assert list(doctor.damaged_pages(database, thorough=True)) == []


def test_a_large_value_on_a_full_disk_leaves_no_half_file(small_disk: Path) -> None:
    with open_database(small_disk / ".weir") as database:
        large = os.urandom(events.LARGE * 2)
        fill(small_disk)
        with pytest.raises(DiskFull):
            database.writer.submit(
                lambda batch: batch.append([event("r1", 1, large)])
            ).result()
        with pytest.raises(DiskFull):
            blobs.put(database.folder, large)
        left = [p for p in database.folder.rglob("blobs/**/*") if p.is_file()]
        assert left == []


def test_a_full_disk_where_a_database_is_to_be_made(small_disk: Path) -> None:
    filler = fill(small_disk)
    with pytest.raises(DiskFull, match="disk is full"):
        open_database(small_disk / ".weir")
    filler.unlink()
    with open_database(small_disk / ".weir") as database:
        database.writer.submit(lambda batch: begin(batch, "r1")).result()


@contextmanager
def read_only(folder: Path, disk: Path | None) -> Iterator[None]:
    """Nothing in `folder` can be changed, not even by root."""
    if disk is not None:
        remount(disk, "ro")
        yield
        remount(disk, "rw")
        return
    folder.chmod(0o500)
    yield
    folder.chmod(0o700)


@pytest.fixture
def lockable(
    request: pytest.FixtureRequest, tmp_path: Path
) -> tuple[Path, Path | None]:
    """A folder for a database, and its disk where only a disk can be locked."""
    if os.geteuid() == 0:
        disk: Path = request.getfixturevalue("small_disk")
        return disk / ".weir", disk
    return tmp_path / ".weir", None


def test_a_read_only_folder_can_be_looked_at_and_not_written(
    lockable: tuple[Path, Path | None],
) -> None:
    folder, disk = lockable
    with open_database(folder) as database:
        database.writer.submit(lambda batch: begin(batch, "r1")).result()
    with read_only(folder, disk), open_database(folder) as database:
        assert database.read_only
        assert [r.id for r in runs.page(database)] == ["r1"]
        with pytest.raises(ReadOnlyDatabase, match="can't be written to"):
            database.writer.submit(lambda batch: begin(batch, "r2"))
    with open_database(folder) as database:
        assert not database.read_only


def test_no_database_is_made_on_a_read_only_disk(small_disk: Path) -> None:
    remount(small_disk, "ro")
    with pytest.raises(ReadOnlyDatabase, match="can't be made: the folder above"):
        open_database(small_disk / ".weir")
    remount(small_disk, "rw")
