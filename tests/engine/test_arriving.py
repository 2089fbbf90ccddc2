"""Facts about files that are to come: which are meant, and when they are whole."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from engine.arriving import Sighting, Watched, found, measured
from engine.files import FileRefused
from engine.machine.state import FileAwaited


def put(root: Path, path: str, text: str = "x") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def names(root: Path, path: str, *, pattern: bool = True) -> list[str]:
    return [path for path, _ in found(root, FileAwaited(path, pattern))]


def go(*_: object) -> bool:
    return False


def test_the_text_that_is_known_is_passed_by_until_there_is_another(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").write_text("x")
    known = sha256(b"x").hexdigest()
    watched = Watched(tmp_path, FileAwaited("a"), still=0.0, digest=known)
    seen = watched.look()
    assert seen is not None
    assert watched.passes(seen, known)
    assert watched.look() is None
    (tmp_path / "a").write_text("other")
    seen = watched.look()
    assert seen is not None
    assert not watched.passes(seen, sha256(b"other").hexdigest())


def test_a_path_means_that_file_and_a_pattern_any_that_fits(tmp_path: Path) -> None:
    for path in (
        "in/b.csv",
        "in/a.csv",
        "in/a.txt",
        "in/.a.csv",
        "in/x/a.csv",
        "z.csv",
    ):
        put(tmp_path, path)
    (tmp_path / "in/d.csv").mkdir()
    assert names(tmp_path, "in/a.csv", pattern=False) == ["in/a.csv"]
    assert names(tmp_path, "in/*.csv") == ["in/a.csv", "in/b.csv"]
    assert names(tmp_path, "*/*/[ab].csv") == ["in/x/a.csv"]
    assert names(tmp_path, "in/.*") == ["in/.a.csv"]
    assert names(tmp_path, "none/a.csv", pattern=False) == []
    assert names(tmp_path, "none/*.csv") == []


def test_a_sign_of_a_pattern_that_a_template_filled_in_is_a_plain_name(
    tmp_path: Path,
) -> None:
    put(tmp_path, "in/a.csv")
    assert names(tmp_path, "in/*.csv", pattern=False) == []
    put(tmp_path, "in/*.csv")
    assert names(tmp_path, "in/*.csv", pattern=False) == ["in/*.csv"]


@pytest.mark.parametrize(
    "path", ["../secret", "in/../../secret", "/etc/passwd", "~/x", ".weir/weir.db", ""]
)
@pytest.mark.parametrize("pattern", [True, False])
def test_nothing_outside_of_the_workspace_is_looked_at(
    tmp_path: Path, path: str, pattern: bool
) -> None:
    put(tmp_path, "secret")
    put(tmp_path, "place/.weir/weir.db")
    (tmp_path / "place/in").mkdir()
    with pytest.raises(FileRefused):
        names(tmp_path / "place", path, pattern=pattern)


def test_a_link_is_refused_by_name_and_passed_over_by_a_pattern(tmp_path: Path) -> None:
    place = tmp_path / "place"
    put(tmp_path, "out/secret")
    put(place, "in/plain")
    (place / "in/link").symlink_to(tmp_path / "out/secret")
    (place / "away").symlink_to(tmp_path / "out")
    for path in ("in/link", "away/secret"):
        with pytest.raises(FileRefused, match="link"):
            names(place, path, pattern=False)
    with pytest.raises(FileRefused, match="link"):
        names(place, "away/*")
    assert names(place, "in/*") == ["in/plain"]
    assert names(place, "*/*") == ["in/plain"]


def test_weirs_own_folder_fits_no_pattern(tmp_path: Path) -> None:
    put(tmp_path, ".weir/weir.db")
    put(tmp_path, ".other/weir.db")
    assert names(tmp_path, ".*/weir.db") == [".other/weir.db"]


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileRefused, match="not a regular file"):
        names(tmp_path, "pipe", pattern=False)
    assert names(tmp_path, "p*") == []


def test_a_file_counts_once_it_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("engine.arriving.time.monotonic", lambda: now)
    watched = Watched(tmp_path, FileAwaited("a"), still=2.0)
    assert watched.look() is None
    file = put(tmp_path, "a", "one")
    assert watched.look() is None
    now += 1.9
    assert watched.look() is None
    file.write_text("one, two")
    now += 1.9
    assert watched.look() is None, "it has grown, and begins anew"
    now += 2.0
    assert watched.look() is not None
    file.unlink()
    assert watched.look() is None
    put(tmp_path, "a", "three")
    assert watched.look() is None


def test_of_several_the_first_by_name_is_taken(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        put(tmp_path, name)
    watched = Watched(tmp_path, FileAwaited("?", pattern=True), still=0.0)
    sighting = watched.look()
    assert sighting is not None
    assert sighting.path == "a"


def test_a_file_is_measured_as_it_was_seen(tmp_path: Path) -> None:
    file = put(tmp_path, "in/a", "hello")
    sighting = seen(tmp_path, "in/a")
    expected = {"path": "in/a", "size": 5, "sha256": sha256(b"hello").hexdigest()}
    assert measured(tmp_path, sighting, go) == expected
    assert measured(tmp_path, sighting, lambda: True) is None
    file.write_text("hello again")
    assert measured(tmp_path, sighting, go) is None, "it is another one by now"
    file.unlink()
    assert measured(tmp_path, sighting, go) is None
    file.symlink_to("/etc/passwd")
    with pytest.raises(FileRefused, match="link"):
        measured(tmp_path, sighting, go)


def seen(root: Path, path: str) -> Sighting:
    ((path, look),) = found(root, FileAwaited(path))
    return Sighting(path, look)
