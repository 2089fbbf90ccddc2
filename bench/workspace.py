"""Throw-away workspaces for benchmarks."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from engine.definition.compiled import FORMAT, encode
from engine.definition.link import uses
from engine.definition.parse import parse
from engine.handle import Engine
from engine.trust import Trust
from engine.workspace import Config, Limits, Workspace
from store import runners
from store.database import Database, open_database
from store.definitions import Found, record_scan
from store.records import VersionRecord

SET_STEPS = "workflow: chain\nsteps:\n" + "".join(
    f"  - id: s{n}\n    set: {{x: {n}}}\n" for n in range(1, 11)
)


@contextmanager
def engine_in(folder: Path | None = None, at_once: int = 50) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        root = Path(name)
        (root / "workflows").mkdir()
        workspace = Workspace(root, Config(limits=Limits(steps=at_once)))
        database = open_database(workspace.folder)
        try:
            yield Engine(workspace, database)
        finally:
            database.close()


def write_workspace(root: Path, files: Mapping[str, str]) -> Path:
    """A workspace of these definition files that is this machine's own."""
    (root / "workflows").mkdir(parents=True)
    (root / "weir.toml").write_text('provider = "mock"\n')
    for name, text in files.items():
        (root / "workflows" / name).write_text(text)
    Trust.open().own(root)
    return root


def add_workflow(engine: Engine, text: str) -> str:
    """Put a workflow into the store and return its version."""
    definition = parse(text, "bench.yaml").definition
    assert definition is not None
    sha = sha256(text.encode()).hexdigest()
    version = VersionRecord(
        sha=sha,
        kind="workflow",
        name=definition.name,
        text=text,
        compiled=encode(definition),
        format=FORMAT,
        created_at=engine.clock(),
        uses=uses(definition),
    )
    found = Found(
        path=f"workflows/{definition.name}.yaml",
        kind="workflow",
        name=definition.name,
        version=version,
    )
    record_scan(engine.database, [found], complete=False, now=engine.clock())
    return sha


def end_runner(database: Database, how: signal.Signals = signal.SIGTERM) -> None:
    """Send the newest runner a signal: to end, as it is meant to."""
    newest = runners.every(database)[0]
    if newest.ended_at is None:
        with suppress(ProcessLookupError):
            os.kill(newest.pid, how)
