"""Whether a runner is awake in a workspace, and waking one that outlives us."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.workspace import Workspace

LOCK = "runner.lock"
_NOT_INHERITED = ("WEIR_RUN_ID", "WEIR_STEP", "WEIR_ATTEMPT", "WEIR_WORKSPACE")


@contextmanager
def runner_lock(workspace: Workspace) -> Iterator[bool]:
    """Hold the runner's place while the block runs; False when it is taken."""
    folder = workspace.folder / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _lock(handle)
    finally:
        os.close(handle)


def is_awake(workspace: Workspace) -> bool:
    """Whether a runner holds the workspace, on this machine."""
    if not (workspace.folder / "run" / LOCK).exists():
        return False
    with runner_lock(workspace) as free:
        return not free


def ensure_runner(workspace: Workspace) -> bool:
    """Wake a runner, detached from this terminal. False when one was awake."""
    if is_awake(workspace):
        return False
    environment = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
    with _log_file(workspace.folder).open("ab") as log:
        # -P: a folder with its own `store/` must not shadow ours.
        subprocess.Popen(
            [sys.executable, "-P", "-m", "engine", str(workspace.root)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment,
            start_new_session=True,
        )
    return True


def _log_file(folder: Path) -> Path:
    return folder / "runner.log"


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
