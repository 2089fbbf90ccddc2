"""From a decision in one process to the next step's start in another.

The clock starts when the decision is asked for, before its commit, and stops with the
start of the next attempt as its event tells it. Both processes are on this machine.
DBOS, beside it, waits for a message in one process that a client in another one sends.
A decision is three synced commits: how long the disk takes for one write is told too.
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

from bench.rounds import ROUNDS, peer_says
from bench.workspace import end_runner, write_workspace
from engine.awake import ensure_runner
from engine.desk import Desk
from engine.importer import Importer
from store import approvals, events
from store.database import Database

TIMES = 40
PEER_TIMES = 6
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


def attempts(database: Database, run: str, path: str) -> list[float]:
    """When the attempts at a step of a run have begun."""
    return [
        record.at
        for record in events.history(database, run)
        if record.type == "AttemptStarted" and f'"{path}"'.encode() in record.data
    ]


def decide_once(desk: Desk) -> float:
    """Milliseconds from asking for the decision to the start of what follows."""
    run = desk.start("gate", {})
    wait_for(lambda: bool(approvals.of_run(desk.database, run)))
    (approval,) = approvals.of_run(desk.database, run)
    time.sleep(0.05)  # a person has looked; the runner is at rest
    began = time.time()
    desk.decide(approval.id, "approve", seen=approval.digest)
    wait_for(lambda: bool(attempts(desk.database, run, "after")))
    return (attempts(desk.database, run, "after")[0] - began) * 1000


def sync_once(file: int) -> float:
    """Milliseconds that the disk takes to keep two pages."""
    began = time.perf_counter()
    os.pwrite(file, bytes(8192), 0)
    os.fdatasync(file)
    return (time.perf_counter() - began) * 1000


def late(found: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(found, n=100)[98]


def main() -> None:
    rounds: dict[str, list[list[float]]] = {"weir": [], "dbos": [], "disk": []}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WEIR_STATE"] = f"{folder}/state"
        root = write_workspace(Path(folder) / "w", {"gate.yaml": GATE})
        desk = Desk.open(root, via="cli")
        Importer(desk.engine).scan()
        ensure_runner(desk.workspace)
        decide_once(desk)
        file = os.open(root / "synced", os.O_RDWR | os.O_CREAT)
        for _ in range(ROUNDS):
            rounds["weir"].append([decide_once(desk) for _ in range(TIMES)])
            rounds["disk"].append([sync_once(file) for _ in range(TIMES)])
            rounds["dbos"].append(peer_says("decision", PEER_TIMES))
        os.close(file)
        end_runner(desk.database)
        desk.close()
    print(f"decision to next step started; {ROUNDS} rounds in turns")
    for name, found in rounds.items():
        if every := [each for one in found for each in one]:
            print(
                f"  {name:6} median {statistics.median(every):8.2f} ms,"
                f" 99 of 100 in {late(every):8.1f} ms, of {len(every)}"
            )
    print("  weir: the median at most 10 ms, 99 of 100 in 50 ms")
    print("  again: python bench/decision.py")


if __name__ == "__main__":
    main()
