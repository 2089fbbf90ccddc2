"""A throw-away workspace for benchmarks, with definitions put straight into the store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from engine.definition.compiled import encode
from engine.definition.link import uses
from engine.definition.parse import FORMAT, parse
from engine.handle import Engine
from engine.workspace import Config, Limits, Workspace
from store.database import open_database
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
