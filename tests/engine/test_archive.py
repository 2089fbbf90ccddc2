"""Archives: all of a run or nothing of it, and nothing in a file is believed unseen."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from engine import keeping, sound
from engine.archive import bring, write
from engine.archive.format import BadArchive
from engine.audit import audit
from engine.errors import CommandRefused, NotTrusted, WeirError
from engine.handle import Engine
from engine.machine import commands as c
from store import blobs, events, logs, runs
from store.database import DiskFull
from store.rebuilding import rows_of
from store.records import LogRecord
from tests.given import ANA, BOB, make_workspace, open_engine, start
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
LARGE = "a long note " * 10_000


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(make_workspace(tmp_path / "one", {"waits.yaml": WAITS}))
    yield engine
    engine.database.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Engine]:
    """A workspace that has never seen the workflow."""
    engine = open_engine(make_workspace(tmp_path / "two", {}))
    yield engine
    engine.database.close()


def ended(engine: Engine, note: str = "nothing") -> str:
    run = start(engine, "waits", note=note)
    piece = LogRecord(run=run, path="rest", attempt=1, at=1.5, stream="out", text="zz")
    bytes_ = msgspec.structs.replace(piece, text="�", exact=b"\xff\r")
    engine.log([piece, bytes_]).result()
    engine.handle(run, c.CancelRun(ANA))
    return run


def exported(engine: Engine, *ids: str) -> Path:
    file = engine.workspace.root / "runs.weir"
    write.export(engine, ANA, ids, file, NOW)
    return file


def purge(engine: Engine, *ids: str) -> None:
    for path in (engine.database.folder / "blobs").rglob("??/*"):
        os.utime(path, (1, 1))
    keeping.prune(engine.database, ANA, ids, NOW)
    assert keeping.purge(engine.database, ANA, ids, NOW) == len(ids)


def whole(engine: Engine, run: str) -> object:
    said = [msgspec.structs.replace(p, id=0) for p in logs.page(engine.database, run)]
    history = [bring.placeless(r) for r in events.history(engine.database, run)]
    return rows_of(engine.database, run), history, said


def test_a_purged_run_comes_back_as_it_was(engine: Engine) -> None:
    first, second = ended(engine), ended(engine, LARGE)
    before = whole(engine, first), whole(engine, second)
    file = exported(engine, first, second)
    assert file.stat().st_mode & 0o077 == 0
    purge(engine, first, second)
    result = bring.bring(engine, BOB, file, NOW)
    assert (result.brought, result.there) == ((first, second), ())
    assert (whole(engine, first), whole(engine, second)) == before
    assert sound.check(engine, thorough=True) == []
    assert engine.load(second).inputs == {"note": LARGE}


def test_a_second_import_changes_nothing_and_a_hidden_run_is_listed(
    engine: Engine,
) -> None:
    run = ended(engine)
    file = exported(engine, run)
    before = whole(engine, run)
    keeping.prune(engine.database, ANA, [run], NOW)
    for _ in range(2):
        result = bring.bring(engine, BOB, file, NOW)
        assert (result.brought, result.there) == ((), (run,))
    assert whole(engine, run) == before
    assert [r.id for r in runs.page(engine.database)] == [run]
    assert sound.check(engine, thorough=True) == []


def test_another_workspace_takes_texts_it_never_had_only_when_told_to(
    engine: Engine, other: Engine
) -> None:
    run = ended(engine)
    file = exported(engine, run)
    with pytest.raises(NotTrusted, match=r"workflow waits.*--look.*--trust"):
        bring.bring(other, BOB, file, NOW)
    assert events.history(other.database, run) == []
    bring.bring(other, BOB, file, NOW, trust=True)
    assert whole(other, run) == whole(engine, run)
    assert sound.check(other, thorough=True) == []
    later = ended_in(other, engine)
    assert events.history(other.database, later)[0].device == other.database.device


def ended_in(other: Engine, engine: Engine) -> str:
    """A run of the other's own, of the text that came with the archive."""
    version = engine.load(runs.page(engine.database)[0].id).version
    run = "r0000000000z"
    other.handle(run, c.StartRun(run, {"note": "mine"}, version, {}, BOB))
    other.handle(run, c.CancelRun(BOB))
    return run


def test_a_run_that_is_here_and_differs_is_refused(engine: Engine) -> None:
    run = ended(engine)
    file = exported(engine, run)
    changed = other_history(file, run)
    with pytest.raises(CommandRefused, match="is here with another history"):
        bring.bring(engine, BOB, changed, NOW)


Change = Callable[[dict[str, bytes]], None]


def repacked(file: Path, change: Change, *, honest: bool = True) -> Path:
    """The archive with other members; `honest`: its manifest is made to agree."""
    with tarfile.open(file) as tar:
        held = {m.name: tar.extractfile(m).read() for m in tar}  # type: ignore[union-attr]
    change(held)
    if honest and "manifest.json" in held:
        manifest = msgspec.json.decode(held["manifest.json"])
        del held["manifest.json"]
        manifest["files"] = {n: sha256(d).hexdigest() for n, d in held.items()}
        held["manifest.json"] = msgspec.json.encode(manifest)
    target = file.with_name("changed.weir")
    with (
        gzip.open(target, "wb") as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for name, data in held.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return target


def other_history(file: Path, run: str) -> Path:
    def change(held: dict[str, bytes]) -> None:
        name = f"runs/{run}.jsonl"
        held[name] = held[name].replace(b'"nothing"', b'"something"')
        held[name] = held[name].replace(b'"at":1', b'"at":2', 1)

    return repacked(file, change)


def in_the_run(before: bytes, after: bytes) -> Change:
    def change(held: dict[str, bytes]) -> None:
        name = next(name for name in held if name.startswith("runs/"))
        assert before in held[name]
        held[name] = held[name].replace(before, after)

    return change


def without(prefix: str) -> Change:
    def change(held: dict[str, bytes]) -> None:
        del held[next(name for name in held if name.startswith(prefix))]

    return change


def adding(name: str) -> Change:
    return lambda held: held.update({name: b"boo"})


def in_a_version(held: dict[str, bytes]) -> None:
    name = next(name for name in held if name.startswith("versions/"))
    held[name] = held[name].replace(b"1h", b"2h")


@pytest.mark.parametrize(
    ("change", "honest", "says"),
    [
        (in_the_run(b"zz", b"yy"), False, "was changed: runs/"),
        (without("runs/"), False, "was changed: runs/"),
        (without("runs/"), True, "holds other runs than it says"),
        (without("manifest"), False, "its manifest is missing"),
        (adding("../../evil"), False, "holds '../../evil'"),
        (adding("/etc/evil"), True, "holds '/etc/evil'"),
        (adding("blobs/../../x"), True, "which no archive of Weir does"),
        (in_a_version, True, "does not hold the text its name says"),
        (without("versions/"), True, "neither in the file nor here"),
        (in_the_run(b'"seq":2,', b'"seq":9,'), True, "not numbered from 1"),
        (in_the_run(b"RunCancelled", b"RunPrettified"), True, "no history Weir can"),
        (in_the_run(b'"line":"log"', b'"line":"hog"'), True, "can't be read"),
    ],
)
def test_an_archive_that_was_tampered_with_changes_nothing(
    engine: Engine, other: Engine, change: Change, honest: bool, says: str
) -> None:
    file = repacked(exported(engine, ended(engine)), change, honest=honest)
    before = sorted(other.workspace.root.rglob("*"))
    with pytest.raises(BadArchive) as caught:
        bring.bring(other, BOB, file, NOW, trust=True)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert events.runs(other.database) == []
    assert sorted(other.workspace.root.rglob("*")) == before


def test_a_blob_is_what_its_name_says(engine: Engine, other: Engine) -> None:
    run = ended(engine)
    sha = blobs.put(engine.database.folder, b"a page")
    file = repacked(
        exported(engine, run), lambda held: held.update({f"blobs/{sha}": b"other"})
    )
    with pytest.raises(BadArchive, match="does not hold what its name says"):
        bring.bring(other, BOB, file, NOW, trust=True)
    assert not list((other.database.folder / "blobs").rglob("??/*"))


def test_a_file_that_was_cut_short_is_refused_wherever_it_was_cut(
    engine: Engine, other: Engine
) -> None:
    whole = exported(engine, ended(engine, LARGE)).read_bytes()
    cut = engine.workspace.root / "cut.weir"
    for length in (0, 1, 10, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        cut.write_bytes(whole[:length])
        with pytest.raises(BadArchive, match="no whole archive"):
            bring.bring(other, BOB, cut, NOW, trust=True)
    assert events.runs(other.database) == []


def test_a_link_in_an_archive_is_refused(engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "link.weir"
    with tarfile.open(target, "w:gz") as tar:
        member = tarfile.TarInfo("blobs/" + "a" * 64)
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(BadArchive, match="which no archive of Weir does"):
        bring.bring(engine, BOB, target, NOW)


def test_only_a_run_that_has_ended_is_exported(engine: Engine) -> None:
    run = start(engine, "waits")
    with pytest.raises(CommandRefused, match="only one that has ended"):
        exported(engine, run)
    assert not (engine.workspace.root / "runs.weir").exists()


def test_an_archive_never_takes_the_place_of_a_file(engine: Engine) -> None:
    run = ended(engine)
    exported(engine, run)
    with pytest.raises(WeirError, match="is there already"):
        exported(engine, run)


def test_who_wrote_an_archive_and_who_brought_it_in_stays_known(engine: Engine) -> None:
    run = ended(engine)
    bring.bring(engine, BOB, exported(engine, run), NOW)
    told = [(d.kind, d.by.name) for d in audit(engine.database) if not d.run]
    assert told == [("export", "ana"), ("import", "bob")]


def test_a_full_disk_leaves_no_half_archive_and_brings_no_half_run(
    engine: Engine, small_disk: Path
) -> None:
    run = ended(engine, os.urandom(80_000).hex())
    file = exported(engine, run)
    full = open_engine(make_workspace(small_disk / "full", {}))
    fill(small_disk)
    with pytest.raises((DiskFull, OSError)):
        bring.bring(full, BOB, file, NOW, trust=True)
    assert events.runs(full.database) == []
    with pytest.raises(OSError, match="No space left"):
        write.write(engine, [run], small_disk / "x.weir", NOW)
    assert not list(small_disk.glob("*x.weir*"))
    full.database.close()
