"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    """Readable by nobody else."""
    # Two threads of a process may write the same text at the same moment.
    mine = f"{os.getpid()}-{threading.get_ident()}"
    new = path.with_name(f".{path.name}.{mine}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
