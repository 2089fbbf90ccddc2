"""From a decision in this process to the next step's start in the runner's.

The clock starts when the decision is asked for, before its commit, and stops with the
start of the next attempt as its event tells it. Both processes are on this machine.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.workspace import write_workspace
from engine.awake import ensure_runner
from engine.desk import Desk
from engine.importer import Importer
from store import approvals, events, runners

TIMES = 60
GATE = """workflow: gate
steps:
  - id: ask
    approval: {title: Go on?}
  - id: after
    set: {x: 1}
"""


def wait_for(fact: Callable[[], bool]) -> None:
    while not fact():
        time.sleep(0.002)


def decide_once(desk: Desk) -> float:
    """Seconds from asking for the decision to the start of what follows."""
    run = desk.start("gate", {})
    wait_for(lambda: bool(approvals.of_run(desk.database, run)))
    (approval,) = approvals.of_run(desk.database, run)
    time.sleep(0.05)  # a person has looked; the runner is at rest
    began = time.time()
    desk.decide(approval.id, "approve", seen=approval.digest)

    def started() -> float | None:
        for record in events.history(desk.database, run):
            if record.type == "AttemptStarted" and b'"after"' in record.data:
                return record.at
        return None

    wait_for(lambda: started() is not None)
    return (started() or began) - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WEIR_STATE"] = f"{folder}/state"
        root = write_workspace(Path(folder) / "w", {"gate.yaml": GATE})
        desk = Desk.open(root, via="cli")
        Importer(desk.engine).scan()
        ensure_runner(desk.workspace)
        decide_once(desk)
        found = [decide_once(desk) * 1000 for _ in range(TIMES)]
        for runner in runners.every(desk.database):
            os.kill(runner.pid, 15)
        desk.close()
    print(f"decision to next step started, median of {TIMES}:")
    print(
        f"  {statistics.median(found):.1f} ms (at most 60), worst {max(found):.1f} ms"
    )


if __name__ == "__main__":
    main()
