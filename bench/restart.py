"""From a killed runner to work again: how long until a step that was lost is resumed.

A runner is killed (SIGKILL) in the middle of a step that may be done twice. The clock
starts when another is asked for, and stops with the step's next attempt, as its event
tells it. Beside it, in turns: how long Python takes to start and end on this machine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.decision import attempts, wait_for
from bench.rounds import in_turns, show
from bench.workspace import end_runner, write_workspace
from engine.awake import ensure_runner, is_awake
from engine.desk import Desk
from engine.importer import Importer

SLOW = "workflow: slow\nsteps:\n  - {id: long, safe: true, shell: sleep 3}\n"


def resumed(desk: Desk) -> float:
    """Seconds from asking for another runner to the lost step's next attempt."""
    run = desk.start("slow", {})
    ensure_runner(desk.workspace)
    wait_for(lambda: len(attempts(desk.database, run, "long")) == 1)
    end_runner(desk.database, signal.SIGKILL)
    wait_for(lambda: not is_awake(desk.workspace))
    began = time.time()
    ensure_runner(desk.workspace)
    wait_for(lambda: len(attempts(desk.database, run, "long")) == 2)
    seconds = attempts(desk.database, run, "long")[-1] - began
    wait_for(lambda: desk.engine.load(run).ended)
    end_runner(desk.database)
    wait_for(lambda: not is_awake(desk.workspace))
    return seconds


def bare_python() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WEIR_STATE"] = f"{folder}/state"
        root = write_workspace(Path(folder) / "w", {"slow.yaml": SLOW})
        desk = Desk.open(root, via="cli")
        Importer(desk.engine).scan()
        found = in_turns(lambda: {"weir": resumed(desk), "python": bare_python()})
        desk.close()
    title = "a runner killed, another woken, the lost step begun again (at most 1 s)"
    show(title, found, "s", {"python": "no floor"})


if __name__ == "__main__":
    main()
