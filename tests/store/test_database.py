"""Opening a workspace's database: what is checked, refused and kept private."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import apsw
import pytest

from store import runs
from store.database import (
    AffectedSqlite,
    DamagedDatabase,
    Database,
    DatabaseBusy,
    NewerSchema,
    NoDatabase,
    ReadOnlyDatabase,
    UnfitFolder,
    open_database,
)
from store.folder import disk_kind, refuse_network_disk
from store.sqlite import LOG_PAGES, is_affected, library_version, refuse_affected
from store.tables import APPLICATION_ID, SCHEMA
from tests.store.given import begin, finished, held, program, run


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


OPEN_WITH_OPEN_UMASK = """
import os, sys
from pathlib import Path
os.umask(0)
from store.database import open_database
from tests.store.given import begin
with open_database(Path(sys.argv[1])) as database:
    database.writer.submit(lambda batch: batch.append([])).result()
    for path in sorted(Path(sys.argv[1]).iterdir()):
        print(path.name, oct(path.stat().st_mode & 0o777))
"""


def test_nobody_else_can_read_what_we_make(folder: Path) -> None:
    # In a process of its own: the umask belongs to the whole process.
    made = finished(program(OPEN_WITH_OPEN_UMASK, folder)).split("\n")
    assert mode_of(folder) == 0o700
    assert made[:3] == ["weir.db 0o600", "weir.db-shm 0o600", "weir.db-wal 0o600"]


def test_what_others_could_read_is_closed_to_them(folder: Path) -> None:
    open_database(folder).close()
    folder.chmod(0o755)
    (folder / "weir.db").chmod(0o644)
    open_database(folder).close()
    assert mode_of(folder) == 0o700
    assert mode_of(folder / "weir.db") == 0o600


def test_the_device_stays_the_same(folder: Path, tmp_path: Path) -> None:
    with open_database(folder) as first, open_database(folder) as second:
        assert first.device == second.device
    with open_database(folder) as again, open_database(tmp_path / "b") as another:
        assert again.device == first.device
        assert again.device != another.device
        assert again.device[0] == "d"
        assert len(again.device) == 26


def test_every_connection_is_careful(database: Database) -> None:
    def pragmas() -> dict[str, object]:
        return {name: database.connections.pragma(name) for name in expected}

    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "secure_delete": 1,
        "application_id": APPLICATION_ID,
        "user_version": SCHEMA,
    }
    assert pragmas() == expected
    assert database.writer.submit_alone(pragmas).result() == expected


def test_a_newer_schema_is_read_and_never_written(folder: Path) -> None:
    with open_database(folder) as database:
        database.writer.submit(lambda batch: begin(batch, "r1")).result()
        newer = f"pragma user_version = {SCHEMA + 1}"
        database.write(lambda: database.connections.execute_sql(newer).fetchall())
    before = (folder / "weir.db").read_bytes()
    with open_database(folder) as database:
        assert database.read_only
        assert runs.find(database, "r") == ["r1"]
        with pytest.raises(NewerSchema, match="made by a newer Weir"):
            database.writer.submit(lambda batch: None)
    assert (folder / "weir.db").read_bytes() == before


def test_opened_only_to_look_nothing_is_made(folder: Path) -> None:
    with pytest.raises(NoDatabase, match="weir init"):
        open_database(folder, create=False)
    with pytest.raises(NoDatabase, match="weir init"):
        open_database(folder, read_only=True)
    assert not folder.exists()
    open_database(folder).close()
    with open_database(folder, read_only=True) as database:
        assert runs.page(database) == []
        with pytest.raises(ReadOnlyDatabase):
            database.writer.submit(lambda batch: None)


def test_a_file_of_another_program_is_refused(folder: Path) -> None:
    folder.mkdir()
    other = apsw.Connection(str(folder / "weir.db"))
    other.execute("create table things (a)")
    other.close()
    with pytest.raises(DamagedDatabase, match="not a database of Weir"):
        open_database(folder)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"\0" * 8192])
def test_a_file_that_is_no_database_is_refused(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "weir.db").write_bytes(content)
    with pytest.raises(DamagedDatabase):
        open_database(folder)
    assert (folder / "weir.db").read_bytes() == content


def test_links_in_place_of_folder_or_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(UnfitFolder, match="not a link"):
        open_database(tmp_path / "link")
    (tmp_path / "elsewhere.db").touch()
    (tmp_path / "real" / "weir.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(UnfitFolder, match="not a link"):
        open_database(tmp_path / "real")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".weir").write_text("hello")
    with pytest.raises(UnfitFolder, match="must be a folder"):
        open_database(tmp_path / ".weir")


def test_a_locked_database_is_one_line(folder: Path) -> None:
    with open_database(folder) as holder, open_database(folder, patience=0.05) as late:
        locked = pytest.raises(DatabaseBusy, match=r"by another process for 0\.05 s")
        with held(holder), locked:
            late.writer.submit(lambda batch: batch.put_run(run("r1"))).result()
        late.writer.submit(lambda batch: batch.put_run(run("r1"))).result()


def test_a_path_with_odd_characters_is_only_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "a b?mode=ro#%20é" / ".weir"
    with open_database(folder) as database:
        database.writer.submit(lambda batch: begin(batch, "r1")).result()
    assert (folder / "weir.db").is_file()


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 1), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 54, 0), False),
    ],
)
def test_the_wal_reset_race_is_known_by_version(
    version: tuple[int, int, int], affected: bool
) -> None:
    assert is_affected(version) is affected


def test_an_affected_library_is_refused_and_ours_is_not() -> None:
    with pytest.raises(AffectedSqlite, match=r"3\.51\.2.*pip install"):
        refuse_affected((3, 51, 2))
    refuse_affected(library_version())


MOUNTS = r"""
22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/sda rw
23 22 0:22 / /home rw - nfs4 server:/home rw,vers=4.2
24 23 0:23 / /home/ana/fast\040disk rw - btrfs /dev/sdb rw
25 22 0:24 / /mnt/ssh rw - fuse.sshfs me@there rw
26 22 0:25 / /srv rw - ext4 /dev/sdc rw
27 22 0:26 / /srv rw - cifs //there/srv rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/work/.weir", "ext4"),
        ("/home/ana/.weir", "nfs4"),
        ("/homes/.weir", "ext4"),
        ("/home/ana/fast disk/.weir", "btrfs"),
        ("/mnt/ssh", "fuse.sshfs"),
        ("/srv/a", "cifs"),
    ],
)
def test_the_disk_of_a_folder_is_the_nearest_mount(folder: str, kind: str) -> None:
    assert disk_kind(Path(folder), MOUNTS) == kind


def test_a_network_disk_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.folder.disk_kind", lambda folder: "nfs4")
    with pytest.raises(UnfitFolder, match="is on a nfs4 disk"):
        refuse_network_disk(Path("/home/ana/.weir"))


def test_two_threads_read_on_connections_of_their_own(database: Database) -> None:
    database.writer.submit(lambda batch: begin(batch, "r1")).result()
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append(runs.find(database, "r")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["r1"]] * 4


def test_no_read_holds_the_file_afterwards(database: Database) -> None:
    database.writer.submit(lambda batch: begin(batch, "r1", 50)).result()
    runs.page(database)
    checkpoint = "pragma wal_checkpoint(truncate)"

    def shorten() -> object:
        return database.connections.execute_sql(checkpoint).fetchone()

    busy, _, _ = shorten()  # type: ignore[misc]
    assert busy == 0
    assert os.stat(str(database.path) + "-wal").st_size == 0  # noqa: PTH116


def test_closing_does_not_wait_for_a_thread_that_reads(database: Database) -> None:
    reading, go = threading.Event(), threading.Event()

    def pause(value: object) -> object:
        reading.set()
        go.wait()
        return value

    def read() -> None:
        database.connections.connection().create_scalar_function("pause", pause, 1)
        database.connections.execute_sql("select pause(1)").fetchall()

    thread = threading.Thread(target=read)
    thread.start()
    reading.wait()
    try:
        database.close()
    finally:
        go.set()
        thread.join()


def test_a_long_log_is_moved_and_a_short_one_is_left(folder: Path) -> None:
    with open_database(folder) as database:
        run = database.connections.execute_sql
        run("create table filler (body)")

        def left_to_move() -> int:
            _, pages, moved = run("pragma wal_checkpoint(noop)").fetchone()
            return int(pages - moved)

        database.move_log()
        assert left_to_move() > 0
        while left_to_move() <= LOG_PAGES:
            run("insert into filler values (randomblob(1000000))")
        database.move_log()
        assert left_to_move() == 0
