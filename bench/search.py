"""100,000 finished runs of ten steps: finding words in them, rare and common.

The rows are written straight into the store, as a run of `set` steps would have left
them; the index is filled by the same work that a runner does in its quiet moments.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.workspace import SET_STEPS, add_workflow, engine_in
from engine import rows, search
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import events as e
from engine.machine.state import Actor
from store import runs
from store.records import RunRecord
from store.writing import Batch

STEPS = 10
AT_ONCE = 500
CITIES = ("Lisbon", "Oslo", "Lagos", "Quito", "Hanoi", "Turin", "Perth", "Kyoto")


def history(run: str, number: int, version: str) -> list[e.AnyEvent]:
    """What a finished run leaves, with a word of its own and some that many share."""
    inputs = {"customer": f"customer{number}", "city": CITIES[number % len(CITIES)]}
    found: list[e.AnyEvent] = [
        e.RunStarted(run, "bench", version, Actor("bench"), inputs)
    ]
    for n in range(STEPS):
        said = f"step {n} of renewal {number} looked at usage and found nothing unusual"
        found.append(e.StepReady(f"s{n}", f"s{n}"))
        found.append(e.StepSucceeded(f"s{n}", 1, {"text": said}))
    return [*found, e.RunSucceeded()]


def add(engine: Engine, version: str, first: int, count: int) -> None:
    def work(batch: Batch) -> None:
        for number in range(first, first + count):
            run = new_id("r")
            found = history(run, number, version)
            entries = [
                e.Entry(seq, 1.0, seq - 1, event) for seq, event in enumerate(found, 1)
            ]
            batch.append([rows.event_row(run, entry) for entry in entries])
            batch.put_run(
                RunRecord(
                    id=run, workflow="bench", version=version, status="succeeded",
                    seq=len(found), started_at=1.0, updated_at=1.0, by="bench",
                    ended_at=1.0, done=STEPS, total=STEPS,
                )
            )  # fmt: skip

    engine.database.writer.submit(work).result()


def milliseconds(work: object) -> float:
    """The median of eleven."""
    took = []
    for _ in range(11):
        began = time.perf_counter()
        work()  # type: ignore[operator]
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def main(count: int) -> None:
    with engine_in(at_once=AT_ONCE) as engine:
        version = add_workflow(engine, SET_STEPS)
        for first in range(0, count, AT_ONCE):
            add(engine, version, first, AT_ONCE)
        path = engine.database.path
        before = path.stat().st_size
        began = time.perf_counter()
        search.catch_up(engine.database)
        seconds = time.perf_counter() - began
        added = (path.stat().st_size - before) / count
        print(f"{count:,} runs indexed in {seconds:.1f} s, {added:,.0f} bytes a run")
        for text in (f"customer{count // 2}", "Kyoto", "renewal usage", "nothing unu"):
            found = search.search(engine.database, text, 20)
            took = milliseconds(lambda t=text: search.search(engine.database, t, 20))
            listed = milliseconds(
                lambda t=text: runs.page(engine.database, limit=30, search=t)
            )
            print(
                f"{text:16} {len({hit.run for hit in found}):3} runs"
                f" {took:8.1f} ms with snippets (at most 50),"
                f" {listed:8.1f} ms in the list of runs"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
