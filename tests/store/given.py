"""Rows to begin a test with, and programs that use the store beside it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.database import Database
from store.definitions import Found
from store.records import (
    ApprovalRecord,
    EventRecord,
    LogRecord,
    RunRecord,
    StepRecord,
    VersionRecord,
)
from store.writing import Batch

ROOT = Path(__file__).parents[2]


def event(run: str, seq: int, data: bytes = b"{}") -> EventRecord:
    return EventRecord(
        run=run, seq=seq, type="StepReady", data=data, at=float(seq), cause=seq - 1
    )


def run(name: str, **changes: object) -> RunRecord:
    values: dict[str, object] = {
        "workflow": "renewal",
        "version": "v1",
        "status": "running",
        "seq": 0,
        "started_at": 100.0,
        "updated_at": 100.0,
        "by": "ana",
    }
    return RunRecord(id=name, **(values | changes))  # type: ignore[arg-type]


def step(run: str, path: str, status: str = "ready", **changes: object) -> StepRecord:
    values: dict[str, object] = {
        "step": path,
        "kind": "set",
        "visit": 1,
        "position": 1,
        "status": status,
    }
    return StepRecord(run=run, path=path, **(values | changes))  # type: ignore[arg-type]


def approval(name: str, run: str = "r1", **changes: object) -> ApprovalRecord:
    values: dict[str, object] = {
        "path": "gate",
        "workflow": "renewal",
        "status": "pending",
        "title": "Send it?",
        "digest": "d" * 64,
        "request": b"{}",
        "requested_at": 100.0,
    }
    return ApprovalRecord(id=name, run=run, **(values | changes))  # type: ignore[arg-type]


def log(run: str, text: str, path: str = "draft") -> LogRecord:
    return LogRecord(run=run, path=path, attempt=1, at=1.0, stream="out", text=text)


def begin(batch: Batch, name: str, events: int = 1) -> None:
    """Put a run with so many events."""
    batch.append([event(name, seq) for seq in range(1, events + 1)])
    batch.put_run(run(name, seq=events))


@contextmanager
def held(database: Database) -> Iterator[None]:
    """The writer stands inside a transaction; what is submitted meanwhile waits."""
    inside, go = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        go.wait()

    holding = database.writer.submit_alone(hold)
    inside.wait()
    try:
        yield
    finally:
        go.set()
    holding.result()


def program(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Python code in a process of its own, beside this one."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> str:
    """What a program wrote, after it has ended well."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def sha_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def good(name: str, text: str = "v1", *, path: str = "", **changes: object) -> Found:
    text = f"workflow: {name}\n# {text}\n"
    values: dict[str, object] = {
        "sha": sha_of(text),
        "kind": "workflow",
        "name": name,
        "text": text,
        "compiled": b"{}",
        "format": 1,
        "created_at": 1.0,
    }
    return Found(
        path=path or f"workflows/{name}.yaml",
        kind="workflow",
        name=name,
        title=name.title(),
        version=VersionRecord(**(values | changes)),  # type: ignore[arg-type]
    )
