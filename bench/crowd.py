"""A workspace whose store holds 100,000 runs, and what another process does to it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.workspace import write_workspace
from engine.desk import Desk
from engine.ids import new_id
from engine.importer import Importer
from engine.machine import commands as c
from store import definitions
from store.database import Database
from store.records import RunRecord

RUNS = 100_000
AT_ONCE = 500
STEPS = (
    "steps:\n  - {id: draft, set: {text: hello}}\n  - {id: ask, approval: {title: Go?}}"
)
WORKFLOWS = {
    f"{name}.yaml": f"workflow: {name}\n{STEPS}\n" for name in ("alpha", "beta")
}


class Crowd:
    """The desk is in this process: another one than the workbench that is watched."""

    def __init__(self, root: Path) -> None:
        self.root = write_workspace(root, WORKFLOWS)
        self.desk = Desk.open(root, via="cli")
        Importer(self.desk.engine).scan()
        self.newest = fill(self.desk.database, RUNS)

    def start(self) -> str:
        """Begin a run, as a command in another terminal does; its id."""
        run = new_id("r")
        found = definitions.get(self.desk.database, "workflow", "alpha")
        assert found is not None
        self.desk.engine.handle(
            run, c.StartRun(run, {}, found.version, {}, self.desk.who)
        )
        return run


@contextmanager
def crowd() -> Iterator[Crowd]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WEIR_STATE"] = f"{folder}/state"
        os.environ["XDG_CONFIG_HOME"] = f"{folder}/config"  # with no settings in it
        found = Crowd(Path(folder) / "w")
        yield found
        found.desk.close()


def fill(database: Database, count: int) -> str:
    """Put so many ended runs in; the newest one's id."""
    now = time.time()
    records = [
        RunRecord(
            id=new_id("r"),
            workflow="release-notes",
            version="0" * 64,
            status="succeeded",
            seq=40,
            started_at=now - n,
            updated_at=now - n,
            ended_at=now - n,
            by="ana",
            done=5,
            total=5,
        )
        for n in range(count)
    ]
    for first in range(0, count, AT_ONCE):
        part = records[first : first + AT_ONCE]
        database.writer.submit(
            lambda b, part=part: [b.put_run(r) for r in part]
        ).result()  # type: ignore[misc]
    return records[-1].id
