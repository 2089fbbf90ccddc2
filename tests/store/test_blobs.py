"""Large values as files: whole and private, or not there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from store import blobs
from store.database import StoreError


def test_what_is_put_is_found_by_its_digest(tmp_path: Path) -> None:
    sha = blobs.put(tmp_path, b"hello")
    assert sha == hashlib.sha256(b"hello").hexdigest()
    assert blobs.get(tmp_path, sha) == b"hello"
    assert blobs.relative(sha) == f"blobs/{sha[:2]}/{sha}"
    assert blobs.path(tmp_path, sha).read_bytes() == b"hello"


def test_putting_twice_keeps_one_private_file(tmp_path: Path) -> None:
    sha = blobs.put(tmp_path, b"hello")
    assert blobs.put(tmp_path, b"hello") == sha
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0
    assert file.parent.parent.stat().st_mode & 0o077 == 0


def test_a_changed_file_is_not_believed(tmp_path: Path) -> None:
    sha = blobs.put(tmp_path, b"hello")
    blobs.path(tmp_path, sha).write_bytes(b"hullo")
    with pytest.raises(blobs.DamagedBlob, match="was changed"):
        blobs.get(tmp_path, sha)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(blobs.MissingBlob, match="restore it from a backup"):
        blobs.get(tmp_path, "a" * 64)


@pytest.mark.parametrize("sha", ["", "a" * 63, "../../etc/passwd", "A" * 64])
def test_only_a_digest_is_a_name(tmp_path: Path, sha: str) -> None:
    with pytest.raises(StoreError, match="not a SHA-256"):
        blobs.get(tmp_path, sha)
