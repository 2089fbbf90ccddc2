"""A real database in a folder of its own, and small disks to fill."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database, open_database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".weir"


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    with open_database(folder) as database:
        yield database


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB that a test may fill or make read-only."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    point = tmp_path / "disk"
    point.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(point)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.strip()}")
    yield point
    subprocess.run(["umount", "-l", str(point)], check=True)
