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
# Those we woke. Kept until they have ended: a child that nobody waits for stays as a
# zombie, and Python warns of one that it forgets.
_woken: list[subprocess.Popen[bytes]] = []
_NOT_INHERITED = ("WEIR_RUN_ID", "WEIR_STEP", "WEIR_ATTEMPT", "WEIR_WORKSPACE")


@contextmanager
def runner_lock(workspace: Workspace) -> Iterator[bool]:
    """Hold the runner's place while the block runs; False when it is taken."""
    with _locked(workspace, fcntl.LOCK_EX) as free:
        yield free


def is_awake(workspace: Workspace) -> bool:
    """Whether a runner holds the workspace, on this machine."""
    if not (workspace.folder / "run" / LOCK).exists():
        return False
    # Shared: two who look at the same time must not take each other for a runner.
    with _locked(workspace, fcntl.LOCK_SH) as free:
        return not free


def ensure_runner(workspace: Workspace) -> bool:
    """Wake a runner, detached from this terminal. False when one was awake."""
    if is_awake(workspace):
        return False
    _woken[:] = [runner for runner in _woken if runner.poll() is None]
    environment = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
    with _log_file(workspace.folder).open("ab") as log:
        # -P: a folder with its own `store/` must not shadow ours.
        runner = subprocess.Popen(
            [sys.executable, "-P", "-m", "engine", str(workspace.root)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment,
            start_new_session=True,
        )
    _woken.append(runner)
    return True


def _log_file(folder: Path) -> Path:
    return folder / "runner.log"


@contextmanager
def _locked(workspace: Workspace, how: int) -> Iterator[bool]:
    """The lock, held in this way or not at all."""
    folder = workspace.folder / "run"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _lock(handle, how)
    finally:
        os.close(handle)


def _lock(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
