"""What a runner costs that only holds runs: 10,000 at a gate, 10,000 in a long wait.

Three runners are looked at over the same minute, each in a process of its own: one with
nothing, one with the gates and one with the waits. They have brought the runs there.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.decision import wait_for
from bench.watched import processor, resident
from bench.workspace import end_runner, write_workspace
from engine.awake import ensure_runner
from engine.desk import Desk
from engine.ids import new_id
from engine.importer import Importer
from engine.machine import commands as c
from store import definitions, runners, runs

RUNS = 10_000
SECONDS = 60
TEXTS = {
    "gates": "workflow: gates\nsteps:\n  - {id: ask, approval: {title: Go on?}}\n",
    "waits": "workflow: waits\nsteps:\n  - {id: rest, wait: 7d}\n",
}


def holding(root: Path, workflow: str, count: int) -> Desk:
    """A workspace whose runner has brought so many runs to where they wait."""
    files = {f"{name}.yaml": text for name, text in TEXTS.items()}
    desk = Desk.open(write_workspace(root, files), via="cli")
    Importer(desk.engine).scan()
    found = definitions.get(desk.database, "workflow", workflow)
    assert found is not None
    for run in [new_id("r") for _ in range(count)]:
        desk.engine.submit(run, c.StartRun(run, {}, found.version, {}, desk.who))
    ensure_runner(desk.workspace)
    wait_for(lambda: runs.counts(desk.database).get("waiting", 0) == count)
    wait_for(lambda: bool(runners.every(desk.database)))
    return desk


def runner_of(desk: Desk) -> int:
    (runner,) = runners.every(desk.database)
    return runner.pid


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WEIR_STATE"] = f"{folder}/state"
        desks = {
            "nothing": holding(Path(folder) / "nothing", "gates", 0),
            "at gates": holding(Path(folder) / "gates", "gates", RUNS),
            "in waits": holding(Path(folder) / "waits", "waits", RUNS),
        }
        time.sleep(30)  # what was written is taken into the index
        pids = {name: runner_of(desk) for name, desk in desks.items()}
        before = {name: processor(pid) for name, pid in pids.items()}
        time.sleep(SECONDS)
        print(f"runners that hold {RUNS:,} runs, over the same {SECONDS} s")
        for name, pid in pids.items():
            share = (processor(pid) - before[name]) / SECONDS * 100
            print(
                f"  {name:10} {resident(pid):6.0f} MB (at most 150)"
                f" {share:8.2f} % of a core (at most 0.5)"
            )
        for desk in desks.values():
            end_runner(desk.database)
            desk.close()
    print("  again: python bench/idle.py")


if __name__ == "__main__":
    main()
