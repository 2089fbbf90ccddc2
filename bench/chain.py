"""1,000 runs of ten `set` steps, 50 at a time: against the same rows written bare, and
against DBOS and LangGraph on SQLite.

One process, FULL sync. Ten such steps share a commit, since they have no effect; told
is also what a step takes that has one to itself, as steps have that do something. The
baseline writes the rows that Weir left behind, in commits
that have 50 runs take one step each.
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
from engine.dispatch import LocalDispatch
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Actor
from engine.runner import Runner
from store import runs
from store.changes import changes

RUNS = 1_000
AT_ONCE = 50
STEPS = 10
PEER_RUNS = 100
WANTED = {"bare": "at least 0.4", "dbos": "at least 20", "langgraph": "at least 12"}


async def perform(engine: Engine, version: str, together: int = TOGETHER) -> float:
    """Seconds from the first start to the last end."""
    by = Actor("bench", via="script")
    runner = Runner(engine, LocalDispatch(engine.database))
    runner.computing.together = together
    began = time.perf_counter()
    work = asyncio.create_task(runner.run())
    begun = 0
    async for _ in changes(engine.database):
        ended = runs.counts(engine.database).get("succeeded", 0)
        if ended == RUNS:
            break
        if ended == begun:  # the peer that starts in rounds does so too
            for run in [new_id("r") for _ in range(AT_ONCE)]:
                engine.submit(run, c.StartRun(run, {}, version, {}, by))
            begun += AT_ONCE
    seconds = time.perf_counter() - began
    runner.stop()
    await work
    return seconds


def measured(together: int) -> tuple[float, list[Left]]:
    """The seconds of it, and the rows it left."""
    with engine_in(at_once=AT_ONCE) as engine:
        version = add_workflow(engine, SET_STEPS)
        seconds = asyncio.run(perform(engine, version, together))
        return seconds, rows_left(engine.database)


def once() -> dict[str, float | None]:
    """Steps a second of Weir, of the same rows written bare, and of the peers."""
    alone, _ = measured(0)
    seconds, left = measured(TOGETHER)
    with tempfile.TemporaryDirectory() as folder:
        baseline = bare(Path(folder), left, AT_ONCE, prepared=False)
    return {
        "weir": RUNS * STEPS / seconds,
        "a commit each": RUNS * STEPS / alone,
        "bare": RUNS * STEPS / baseline,
        "dbos": peer("dbos", PEER_RUNS, AT_ONCE),
        "langgraph": peer("langgraph", PEER_RUNS, AT_ONCE),
    }


def main() -> None:
    title = f"{RUNS:,} runs of ten steps, {AT_ONCE} at a time"
    show(title, in_turns(once), "steps/s", WANTED)


if __name__ == "__main__":
    main()
