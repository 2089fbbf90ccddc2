"""Much at once: one run that is 1,000 steps wide, and 1,000 runs of one slow step.

The wide run is told beside the same steps as 1,000 runs: what width itself costs. The
slow step takes 50 ms, 100 of them at a time, beside plain asyncio that does the same
and keeps nothing. It is done twice: as a wait in place of the step's work, so that
nothing but Weir is measured, and as the program `sleep 0.05`, which a step really is.
The runs are there before the clock starts.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.rounds import in_turns, show
from bench.workspace import add_workflow, engine_in
from engine import performing
from engine.dispatch import LocalDispatch
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Actor
from engine.runner import Runner
from engine.steps.work import Done, Work
from store import runs
from store.changes import changes

MANY = 1_000
WIDE_AT_ONCE = 50
SLOW_AT_ONCE = 100
SECONDS = 0.05
SLEEP = f"sleep {SECONDS}"
ONE = "workflow: one\nsteps: [{id: only, set: {x: 1}}]\n"
SHELL = f"workflow: shell\nsteps: [{{id: only, shell: {SLEEP}}}]\n"
NEEDS = "workflow: needs\nsteps:\n" + "".join(
    f"  - {{id: s{n}, needs: [], set: {{x: {n}}}}}\n" for n in range(MANY)
)
FOR_EACH = f"""workflow: each
steps:
  - id: all
    for_each: {{in: range({MANY}), steps: [{{id: one, set: {{x: 1}}}}]}}
"""


async def perform(engine: Engine, version: str, many: int) -> float:
    """Seconds in which a runner does so many runs that wait for it."""
    by = Actor("bench", via="script")
    for run in [new_id("r") for _ in range(many)]:
        started = engine.submit(run, c.StartRun(run, {}, version, {}, by))
    started.result()
    work = Runner(engine, LocalDispatch(engine.database))
    began = time.perf_counter()
    running = asyncio.create_task(work.run())
    async for _ in changes(engine.database):
        if runs.counts(engine.database).get("succeeded", 0) == many:
            break
    seconds = time.perf_counter() - began
    work.stop()
    await running
    return seconds


def weir(text: str, at_once: int, many: int = MANY) -> float:
    with engine_in(at_once=at_once) as engine:
        version = add_workflow(engine, text)
        return asyncio.run(perform(engine, version, many))


@contextmanager
def steps_that_wait() -> Iterator[None]:
    """The work of every step is a wait of 50 ms."""

    async def wait(_: Work, __: float) -> Done:
        await asyncio.sleep(SECONDS)
        return Done({})

    before = performing.perform
    performing.perform = wait  # type: ignore[assignment]
    try:
        yield
    finally:
        performing.perform = before


async def run_program() -> None:
    await (await asyncio.create_subprocess_exec("/bin/sh", "-c", SLEEP)).wait()


def plain(work: Callable[[], Awaitable[object]]) -> float:
    """Seconds in which asyncio does as much, as many at a time."""

    async def all_of_it() -> None:
        turns = asyncio.Semaphore(SLOW_AT_ONCE)

        async def one() -> None:
            async with turns:
                await work()

        await asyncio.gather(*(one() for _ in range(MANY)))

    began = time.perf_counter()
    asyncio.run(all_of_it())
    return time.perf_counter() - began


def wide() -> dict[str, float | None]:
    return {
        "weir": weir(NEEDS, WIDE_AT_ONCE, 1),
        "turns of a loop": weir(FOR_EACH, WIDE_AT_ONCE, 1),
        "as many runs": weir(ONE, WIDE_AT_ONCE),
    }


def waiting() -> dict[str, float | None]:
    with steps_that_wait():
        mine = weir(SHELL, SLOW_AT_ONCE)
    return {"weir": mine, "asyncio": plain(lambda: asyncio.sleep(SECONDS))}


def programs() -> dict[str, float | None]:
    return {"weir": weir(SHELL, SLOW_AT_ONCE), "asyncio": plain(run_program)}


def main() -> None:
    show("one run of 1,000 steps side by side", in_turns(wide), "s", {
        "as many runs": "at most 1.3",
    })  # fmt: skip
    slow = f"1,000 runs of one step of 50 ms, {SLOW_AT_ONCE} at a time"
    show(f"{slow}, as a wait", in_turns(waiting), "s", {"asyncio": "at most 1.3"})
    show(f"{slow}, as a program", in_turns(programs), "s", {"asyncio": "at most 1.3"})


if __name__ == "__main__":
    main()
