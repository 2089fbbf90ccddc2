"""1,000 runs of ten `set` steps, 50 at a time: against the same rows written bare, and
against DBOS and LangGraph on SQLite.

One process, FULL sync. The baseline writes the rows that Weir left behind with Peewee's
`insert_many`, in a group-commit loop that has 50 runs take one step a transaction: what
the disk and Peewee cost without any engine.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.workspace import SET_STEPS, add_workflow, engine_in
from engine.dispatch import LocalDispatch
from engine.handle import Engine
from engine.ids import new_id
from engine.machine import commands as c
from engine.machine.state import Actor
from engine.runner import Runner
from store import runs
from store.changes import changes
from store.database import open_database
from store.shapes import RUN, STEP
from store.tables import Event, Run, Step

RUNS = 1_000
AT_ONCE = 50
STEPS = 10
PEER_RUNS = 100
ROUNDS = 5
FLOORS = {"bare": 0.25, "dbos": 5, "langgraph": 5}
PEERS = Path(__file__).parents[1] / ".venv" / "peers"  # where `make bench` puts them


async def perform(engine: Engine, version: str) -> float:
    """Seconds from the first start to the last end."""
    by = Actor("bench", via="script")
    runner = Runner(engine, LocalDispatch(engine.database))
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


def rows_left(engine: Engine) -> tuple[list[Any], dict[str, list[Any]], list[Any]]:
    """The event, step and run rows of the runs, as dicts for Peewee."""
    connections = engine.database.connections
    with connections.bind_ctx([Event, Run, Step]):
        events = list(Event.select().order_by(Event.position).dicts())
        steps: dict[str, list[Any]] = {}
        for row in Step.select().order_by(Step.position).dicts():
            steps.setdefault(row["run"], []).append(row)
        found = list(Run.select().order_by(Run.id).dicts())
    for row in events:
        del row["position"]
    return events, steps, found


def bare(
    folder: Path, rows: tuple[list[Any], dict[str, list[Any]], list[Any]]
) -> float:
    """Seconds for the same rows, upserted as often as Weir does."""
    events, steps, found = rows
    database = open_database(folder / ".weir")
    per_run = len(events) // len(found)
    per_step = per_run // STEPS
    by_run: dict[str, list[Any]] = {}
    for row in events:
        by_run.setdefault(row["run"], []).append(row)
    with database.connections.bind_ctx([Event, Run, Step]):
        began = time.perf_counter()
        for first in range(0, len(found), AT_ONCE):
            group = found[first : first + AT_ONCE]
            for n in range(STEPS):
                with database.connections.atomic("IMMEDIATE"):
                    write_group(group, by_run, steps, n, per_step)
        seconds = time.perf_counter() - began
    database.close()
    return seconds


def write_group(
    group: list[Any],
    by_run: dict[str, list[Any]],
    steps: dict[str, list[Any]],
    n: int,
    per_step: int,
) -> None:
    last = n == STEPS - 1
    end = None if last else (n + 1) * per_step
    Event.insert_many(
        [row for run in group for row in by_run[run["id"]][n * per_step : end]]
    ).execute()
    upsert(Step, STEP, [row for run in group for row in steps[run["id"]][n : n + 2]])
    upsert(Run, RUN, group)


def upsert(table: Any, shape: Any, rows: list[Any]) -> None:
    keys = [field.name for field in table._meta.get_primary_keys()]
    kept = [name for name in shape.names if name not in keys]
    table.insert_many(rows).on_conflict(
        conflict_target=keys, preserve=[getattr(table, name) for name in kept]
    ).execute()


def peer(which: str) -> float | None:
    """The peer's steps a second, in a process of its own; None when not installed."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("peers.py")), which, folder,
             str(PEER_RUNS)],
            capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(PEERS)},
        )  # fmt: skip
    if done.returncode:
        print(f"{which}: not measured ({done.stderr.strip().splitlines()[-1]})")
        return None
    return float(done.stdout.strip().splitlines()[-1])


def measure() -> tuple[float, float, int]:
    """Weir's steps a second, those of the same rows written bare, and the events."""
    with engine_in(at_once=AT_ONCE) as engine:
        version = add_workflow(engine, SET_STEPS)
        seconds = asyncio.run(perform(engine, version))
        rows = rows_left(engine)
        with tempfile.TemporaryDirectory() as folder:
            baseline = bare(Path(folder), rows)
    return RUNS * STEPS / seconds, RUNS * STEPS / baseline, len(rows[0])


def main() -> None:
    """In turns, so that a machine that slows down slows all of them down."""
    rates: dict[str, list[float]] = {
        "weir": [],
        "bare": [],
        "dbos": [],
        "langgraph": [],
    }
    for _ in range(ROUNDS):
        mine, baseline, events = measure()
        rates["weir"].append(mine)
        rates["bare"].append(baseline)
        for which in ("dbos", "langgraph"):
            rate = peer(which)
            if rate is not None:
                rates[which].append(rate)
    print(f"1,000 runs of ten steps, {events:,} events; medians of {ROUNDS} in turns")
    for name, found in rates.items():
        if found:
            print(f"{name:16} {median(found):10,.0f} steps/s")
    for name, floor in FLOORS.items():
        if rates[name]:
            pairs = zip(rates["weir"], rates[name], strict=True)
            ratio = median(mine / other for mine, other in pairs)
            print(f"weir / {name:9} {ratio:10.2f}   (at least {floor:g})")


if __name__ == "__main__":
    main()
