"""One run after another, ten steps each that do nothing, one commit a step.

`set` steps share a commit when they are left to; here each has one, as a step that does
something has.

Against DBOS and LangGraph's functional API on SQLite, which keep each step as well, and
against the same rows written bare: what the disk itself takes in one after another.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bare import Left, bare, rows_left
from bench.rounds import in_turns, peer, show
from bench.workspace import SET_STEPS, add_workflow, engine_in
from engine.computing import TOGETHER
from engine.dispatch import LocalDispatch, Look
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Actor
from engine.runner import AHEAD, Runner

RUNS = 200
STEPS = 10
WANTED = {
    "bare": "at least 0.5",
    "dbos": "at least 2.5",
    "functional": "at least 1.2",
}


class OneAfterAnother(LocalDispatch):
    """Starts a run when the runner asks for work and has none."""

    def __init__(self, engine: Engine, version: str) -> None:
        super().__init__(engine.database)
        self.over = asyncio.Event()
        self._engine = engine
        self._version = version
        self._started = 0

    async def look(self, most: int) -> Look:
        at_work = most <= AHEAD  # it asks then as well, for what comes next
        if not at_work and self._started == RUNS:
            self.over.set()
        elif not at_work:
            self._started += 1
            run, by = new_id("r"), Actor("bench", via="script")
            command = c.StartRun(run, {}, self._version, {}, by)
            await asyncio.wrap_future(self._engine.submit(run, command))
        return await super().look(most)


async def perform(engine: Engine, version: str, together: int) -> float:
    """Seconds from the first start to the last end."""
    dispatch = OneAfterAnother(engine, version)
    runner = Runner(engine, dispatch)
    runner.computing.together = together
    began = time.perf_counter()
    work = asyncio.create_task(runner.run())
    await dispatch.over.wait()
    seconds = time.perf_counter() - began
    runner.stop()
    await work
    return seconds


def measured(together: int) -> tuple[float, list[Left]]:
    """The seconds of it, and the rows it left."""
    with engine_in(at_once=1) as engine:
        version = add_workflow(engine, SET_STEPS)
        seconds = asyncio.run(perform(engine, version, together))
        return seconds, rows_left(engine.database)


def once() -> dict[str, float | None]:
    """Steps a second of Weir, of the same rows written bare, and of the peers."""
    seconds, left = measured(0)
    sharing, _ = measured(TOGETHER)
    with tempfile.TemporaryDirectory() as folder:
        baseline = bare(Path(folder), left, 1, prepared=True)
    return {
        "weir": RUNS * STEPS / seconds,
        "sharing a commit": RUNS * STEPS / sharing,
        "bare": RUNS * STEPS / baseline,
        "dbos": peer("dbos", RUNS // 2, 1),
        "functional": peer("functional", RUNS, 1),
    }


def main() -> None:
    title = f"{RUNS} runs of ten steps, one after another"
    show(title, in_turns(once), "steps/s", WANTED)


if __name__ == "__main__":
    main()
