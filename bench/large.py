"""A store of 100,000 finished runs of ten steps: its lists, its search, its size.

Three runs are really done, one of which fails. All others are copies of what these have
left, under ids and words of their own, written by the store's writer. They are packed,
and the index is filled, by the same work that a runner does in its quiet moments.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bare import Left, rows_left
from bench.rounds import ROUNDS
from bench.workspace import add_workflow, engine_in
from engine import search
from engine.dispatch import LocalDispatch
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Actor
from engine.runner import Runner
from store import packing, runs
from store.changes import changes
from store.database import Database, open_database
from store.writing import Batch

RUNS = 100_000
AT_ONCE = 500
NUMBER = "@@@@@@"  # in the runs that are copied, where each copy has its number
CITY = "Nowhere"
CITIES = ("Lisbon", "Oslo", "Lagos", "Quito", "Hanoi", "Turin", "Perth", "Kyoto")
SAID = "step {n} of renewal {{ inputs.number }} looked at usage: nothing unusual"
INPUTS = "{number: string, city: string, fails: {type: boolean, default: false}}"
STEPS = [
    *(
        f"{{id: s{n}, set: {{text: '{SAID.replace('{n}', str(n))}'}}}}"
        for n in range(1, 10)
    ),
    "{id: last, when: inputs.fails, fail: nothing was renewed}",
]
# Which workflow, and whether its last step fails: of twenty runs 18, one and one.
KINDS = (("renewal", False), ("renewal", True), ("audit", False))


def text_of(name: str) -> str:
    steps = "".join(f"  - {step}\n" for step in STEPS)
    return f"workflow: {name}\ninputs: {INPUTS}\nsteps:\n{steps}"


def ended(database: Database) -> int:
    counts = runs.counts(database)
    return counts.get("succeeded", 0) + counts.get("failed", 0)


async def perform(engine: Engine, wanted: list[c.StartRun]) -> None:
    """Do these runs, to their ends."""
    before = ended(engine.database)
    runner = Runner(engine, LocalDispatch(engine.database))
    work = asyncio.create_task(runner.run())
    for command in wanted:
        engine.submit(command.run, command)
    async for _ in changes(engine.database):
        if ended(engine.database) - before == len(wanted):
            break
    runner.stop()
    await work


def models(engine: Engine) -> list[Left]:
    """What a real run of each kind leaves."""
    by = Actor("bench", via="script")
    versions = {
        name: add_workflow(engine, text_of(name)) for name in ("renewal", "audit")
    }
    wanted = [
        c.StartRun(
            new_id("r"),
            {"number": NUMBER, "city": CITY, "fails": fails},
            versions[name],
            {},
            by,
        )
        for name, fails in KINDS
    ]
    asyncio.run(perform(engine, wanted))
    by_run = {left.run.id: left for left in rows_left(engine.database)}
    return [by_run[command.run] for command in wanted]


def copy(model: Left, number: int, batch: Batch) -> None:
    """Leave in a batch what a run of this number would have left."""
    run, name = new_id("r"), f"{number:06}"

    def own(data: bytes) -> bytes:
        city = CITIES[number % len(CITIES)]
        return (
            data.replace(NUMBER.encode(), name.encode())
            .replace(CITY.encode(), city.encode())
            .replace(model.run.id.encode(), run.encode())
        )

    batch.append(
        [
            replace(event, run=run, data=own(event.data), device="", device_seq=0)
            for event in model.events
        ]
    )
    for step in model.steps:
        summary = step.summary.replace(NUMBER, name)
        batch.put_step(replace(step, run=run, summary=summary))
    batch.put_run(replace(model.run, id=run, inputs=own(model.run.inputs)))


def fill(database: Database, found: list[Left], count: int) -> None:
    def work(batch: Batch, first: int) -> None:
        for number in range(first, first + AT_ONCE):
            of_twenty = number % 20
            copy(found[of_twenty if of_twenty in (1, 2) else 0], number, batch)

    for first in range(0, count, AT_ONCE):
        database.writer.submit(lambda batch, at=first: work(batch, at)).result()  # type: ignore[misc]
        while packing.pack(database, time.time()):
            pass


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def lists(database: Database, count: int) -> None:
    """How long it takes to read what is asked of a large store, all of it in turns."""

    def listed(**asked: str) -> Callable[[], object]:
        return lambda: runs.page(database, limit=50, **asked)

    def sought(text: str) -> Callable[[], object]:
        return lambda: search.search(database, text, 20)

    both = {"status": "failed", "workflow": "renewal"}
    none = {"status": "failed", "workflow": "audit"}
    asked = {
        "the newest 50": (listed(), 5),
        "failed and of a workflow": (listed(**both), 10),
        "the same, none is": (listed(**none), 10),
        "a word of one run": (sought(f"{count // 2:06}"), 50),
        "a word of 1 in 8": (sought("Kyoto"), 50),
        "two words of all": (sought("renewal usage"), 50),
        "a word half typed": (sought("unu"), 50),
        "the list, by a word": (listed(search="Kyoto"), 50),
    }
    rounds = [
        {name: milliseconds(work) for name, (work, _) in asked.items()}
        for _ in range(ROUNDS)
    ]
    for name, (_, most) in asked.items():
        took = median(each[name] for each in rounds)
        print(f"  {name:26} {took:8.1f} ms   (at most {most})")


def opening(folder: Path) -> None:
    """What it takes to open a store of this size, beside an empty one."""
    with tempfile.TemporaryDirectory() as name:
        empty = Path(name) / ".weir"
        open_database(empty).close()
        pairs = [
            [
                milliseconds(lambda at=at: open_database(at).close())
                for at in (folder, empty)
            ]  # type: ignore[misc]
            for _ in range(ROUNDS)
        ]
    more = median(mine - other for mine, other in pairs)
    print(f"  {'to open, beside an empty':26} {more:8.1f} ms   (at most 20)")


def main(count: int) -> None:
    with engine_in(at_once=10) as engine:
        database = engine.database
        found = models(engine)
        began = time.perf_counter()
        fill(database, found, count)
        seconds = time.perf_counter() - began
        events = sum(len(left.events) for left in found[:1])
        print(f"{count:,} runs of ten steps, {events} events each ({seconds:.0f} s)")
        before = database.path.stat().st_size
        print(f"  {'a run takes':26} {before / count:8,.0f} bytes   (at most 2,560)")
        began = time.perf_counter()
        search.catch_up(database)
        seconds = time.perf_counter() - began
        added = (database.path.stat().st_size - before) / count
        print(f"  {'its words take':26} {added:8,.0f} bytes   ({seconds:.0f} s)")
        lists(database, count)
        opening(database.folder)
    print("  again: python bench/large.py")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
