"""Files are opened inside the workspace, without following a link out of it."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from engine.files import (
    FileChanged,
    FileMissing,
    FileRefused,
    replace_file,
    safe_file,
    safe_folder,
    safe_path,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    root = tmp_path / "workspace"
    (root / "data").mkdir(parents=True)
    (root / "data" / "a b.txt").write_text("hello")
    (root / "link").symlink_to(outside / "secret")
    (root / "inner").symlink_to("data/a b.txt")
    (root / "folder").symlink_to(outside)
    (root / "data" / "up").symlink_to("..")
    (root / ".weir").mkdir()
    (root / ".weir" / "weir.db").write_text("x")
    os.mkfifo(root / "pipe")
    return root


REFUSED = {
    "/etc/passwd": "not inside the workspace",
    "~/x": "not inside the workspace",
    "../outside/secret": "leave out '..'",
    "data/../../outside/secret": "leave out '..'",
    "link": "is a link",
    "inner": "is a link",
    "folder/secret": "through a link",
    "data/up/link": "through a link",
    "pipe": "not a regular file",
    "data": "not a regular file",
    "a\0b": "control characters",
    "a\\b": "control characters",
    "a\nb": "control characters",
    "": "an empty path",
    ".": "leave out '..'",
    ".weir/weir.db": "no definition may read",
    ".WEIR/weir.db": "no definition may read",
    ".git/config": "no definition may read",
}


@pytest.mark.parametrize(("relative", "said"), REFUSED.items())
def test_what_is_not_a_plain_file_inside_is_refused(
    root: Path, relative: str, said: str
) -> None:
    for opening in (safe_file, safe_path):
        with pytest.raises(FileRefused, match=said):
            opening(root, relative)


def test_a_file_inside_is_read(root: Path) -> None:
    assert safe_file(root, "data/a b.txt") == b"hello"
    assert safe_file(root, "./data//a b.txt") == b"hello"
    assert safe_path(root, "data/a b.txt") == root / "data" / "a b.txt"


def test_a_file_that_is_not_there_is_missing(root: Path) -> None:
    for relative in ("data/b", "absent/b"):
        with pytest.raises(FileMissing, match=f"no {relative} in the workspace"):
            safe_file(root, relative)
        with pytest.raises(FileMissing):
            safe_path(root, relative)


def test_a_file_beyond_the_limit_is_refused(root: Path) -> None:
    assert safe_file(root, "data/a b.txt", limit=5) == b"hello"
    with pytest.raises(FileRefused, match="larger than 4 bytes"):
        safe_file(root, "data/a b.txt", limit=4)


def test_a_socket_is_not_a_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)  # a socket's path has to be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("talk")
        with pytest.raises(FileRefused, match="not a regular file"):
            safe_file(root, "talk")


def test_a_folder_is_inside_too(root: Path) -> None:
    assert safe_folder(root, ".") == root
    assert safe_folder(root, "data") == root / "data"
    for relative in ("folder", "..", "/tmp", "link", "data/a b.txt"):
        with pytest.raises(FileRefused):
            safe_folder(root, relative)
    with pytest.raises(FileMissing):
        safe_folder(root, "absent")


def test_a_file_is_replaced_whole_and_its_mode_stays(root: Path) -> None:
    (root / "data/a b.txt").chmod(0o640)
    replace_file(root, "data/a b.txt", b"hello", b"good-bye")
    assert (root / "data/a b.txt").read_bytes() == b"good-bye"
    assert (root / "data/a b.txt").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in (root / "data").iterdir()) == ["a b.txt", "up"]


def test_a_file_that_was_changed_meanwhile_stays_as_it_is(root: Path) -> None:
    with pytest.raises(FileChanged, match="changed meanwhile"):
        replace_file(root, "data/a b.txt", b"hallo", b"good-bye")
    assert (root / "data/a b.txt").read_bytes() == b"hello"


@pytest.mark.parametrize("path", ["link", "folder/secret", "../outside/secret", "pipe"])
def test_nothing_is_replaced_outside_or_through_a_link(root: Path, path: str) -> None:
    with pytest.raises(FileRefused):
        replace_file(root, path, b"secret", b"mine")
    assert (root / "../outside/secret").read_text() == "secret"


def test_a_disk_that_is_full_keeps_the_old_text_and_nothing_else(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileRefused, match="no space left"):
        replace_file(root, "data/a b.txt", b"hello", b"good-bye")
    assert (root / "data/a b.txt").read_bytes() == b"hello"
    assert sorted(path.name for path in (root / "data").iterdir()) == ["a b.txt", "up"]
