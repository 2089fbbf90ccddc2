"""1,000 runs of ten `set` steps, 50 at a time, against the same rows written bare.

One process, FULL sync. The baseline writes the rows that Weir left behind, table by
table as Weir does, 50 runs' worth of one step in a transaction, with Peewee's
`insert_many`: what the disk and Peewee cost without any engine.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.workspace import SET_STEPS, add_workflow, engine_in
from engine.dispatch import LocalDispatch
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Actor
from engine.runner import Runner
from store import runs

RUNS = 1_000
AT_ONCE = 50
STEPS = 10


async def perform(engine: Engine, version: str) -> float:
    """Seconds from the first start to the last end."""
    by = Actor("bench", via="script")
    runner = Runner(engine, LocalDispatch(engine.database))
    began = time.perf_counter()
    work = asyncio.create_task(runner.run())
    for first in range(0, RUNS, AT_ONCE):
        ids = [new_id("r") for _ in range(AT_ONCE)]
        await asyncio.gather(
            *(
                asyncio.wrap_future(
                    engine.submit(run, c.StartRun(run, {}, version, {}, by))
                )
                for run in ids
            )
        )
        want = first + AT_ONCE
        while runs.counts(engine.database).get("succeeded", 0) < want:
            await asyncio.sleep(0.005)
    seconds = time.perf_counter() - began
    runner.stop()
    await work
    return seconds


def main() -> None:
    with engine_in(at_once=AT_ONCE) as engine:
        version = add_workflow(engine, SET_STEPS)
        seconds = asyncio.run(perform(engine, version))
        print(f"weir: {RUNS * STEPS / seconds:,.0f} steps/s ({seconds:.2f} s)")


if __name__ == "__main__":
    main()
