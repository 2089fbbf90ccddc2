"""A small disk that is filled, or mounted anew."""

from __future__ import annotations

import errno
import subprocess
import time
from pathlib import Path
from typing import IO

PATIENCE = 30.0  # seconds until what is busy will surely stay so


def fill(disk: Path) -> Path:
    """A file that takes what room is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        # A write that finds a little room says how much it took.
        while write_some(file):
            continue
    return filler


def write_some(file: IO[bytes]) -> bool:
    try:
        return file.write(b"x" * 4096) > 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False


def remount(disk: Path, how: str) -> None:
    """Mount it anew. A process that ends may have a file open for a moment more."""
    words = ["mount", "-o", f"remount,{how}", str(disk)]
    end = time.monotonic() + PATIENCE
    while (done := subprocess.run(words, check=False)).returncode:
        assert time.monotonic() < end, done
        time.sleep(0.05)
