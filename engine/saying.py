"""What a runner has to say, in its own log file: it has no terminal."""

from __future__ import annotations

import contextlib
import os
import sys

from engine.errors import WeirError
from store.errors import StoreError


def in_words(error: Exception) -> str:
    """An error as text that can be kept; one that isn't ours with its type."""
    said = str(error).encode(errors="replace").decode()
    if isinstance(error, (StoreError, WeirError)):
        return said
    return f"Weir stumbled: {type(error).__name__}: {said}"


def say(words: str) -> None:
    """A line in the runner's own log file, unless the disk is full there too."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"weir runner {os.getpid()}: {words}\n")
        sys.stderr.flush()
