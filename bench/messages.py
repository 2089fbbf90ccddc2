"""What models were asked, on the disk: a loop of turns, a fork of it, and 100 runs.

An agent with ten tools calls one a turn (the mock provider does), and is asked the
whole conversation each time. What that takes of the store is told beside the same log
line by line, each time anew, as it was written before a message was kept once.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from msgspec.structs import replace

from bench.large import perform
from bench.workspace import write_workspace
from engine.changing import propose
from engine.closure import closure
from engine.handle import Engine
from engine.ids import new_id
from engine.importer import Importer
from engine.machine import commands as c
from engine.machine.state import Actor
from engine.workspace import open_workspace
from store import logs
from store.database import Database, open_database
from store.records import LogRecord

TOOLS = 10
RUNS = 100
SAID = "The customer was looked up in the system of record; nothing unusual there. "
SYSTEM = "You answer for the team that renews contracts. " * 40
WHO = Actor("bench")
PAGES = "select sum(pgsize) from dbstat where name in (?, ?, ?, ?)"
TABLES = ("log", "log_run_id", "message", "message_digest")


def files() -> dict[str, str]:
    names = [f"look-{n}" for n in range(TOOLS)]
    tools = {
        f"{name}.yaml": f"step: {name}\ninputs: {{of: string}}\n"
        f'set: {{found: "{{{{ inputs.of }}}} {SAID * 10}"}}\n'
        for name in names
    }
    agent = f"agent: hand\nsystem: {SYSTEM}\nmax_turns: 20\ntools: [{', '.join(names)}]"
    flow = "workflow: ask\ninputs: {n: integer}\nsteps: [{id: a, llm: {agent: hand,"
    return {
        **tools,
        "hand.yaml": agent,
        "ask.yaml": f'{flow} prompt: "Question {{{{ inputs.n }}}}?"}}}}]\n',
    }


def start(engine: Engine, number: int) -> c.StartRun:
    found = closure(engine, "ask")
    run = new_id("r")
    return c.StartRun(run, {"n": number}, found.version, found.pins, WHO)


def fork(engine: Engine, run: str) -> c.StartRun:
    made = propose(engine, engine.load(run), "a", {}, {}, False, "")
    version, pins = made.closure.version, made.closure.pins
    about = {"fork": made.fork, "kept": made.kept}
    return c.StartRun(new_id("r"), made.inputs, version, pins, WHO, **about)


def on_disk(database: Database) -> int:
    ((size,),) = database.connections.execute_sql(PAGES, TABLES).fetchall()
    return int(size)


def line_by_line(database: Database, ids: list[str]) -> Iterator[LogRecord]:
    """The log of runs as it was written before: no line of it is kept once."""
    for run in ids:
        for record in logs.page(database, run, limit=1_000_000):
            yield replace(record, stream="info", id=0)


def told(what: str, engine: Engine, ids: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        before = open_database(Path(folder) / ".weir")
        empty = on_disk(before)
        records = [*line_by_line(engine.database, ids)]
        before.writer.submit(lambda batch: batch.add_logs(records)).result()
        was, is_ = on_disk(before) - empty, on_disk(engine.database) - empty
        before.close()
    print(f"{what:<36} {is_ / 1024:>8,.0f} KB, was {was / 1024:>8,.0f} KB")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WEIR_STATE"] = f"{folder}/state"
        workspace = open_workspace(write_workspace(Path(folder) / "w", files()))
        engine = Engine(workspace, open_database(workspace.folder))
        Importer(engine).scan()
        first = start(engine, 1)
        asyncio.run(perform(engine, [first]))
        told(f"a loop of {TOOLS + 1} turns", engine, [first.run])
        again = fork(engine, first.run)
        asyncio.run(perform(engine, [again]))
        told("… and a fork of it", engine, [first.run, again.run])
        more = [start(engine, number) for number in range(2, RUNS)]
        asyncio.run(perform(engine, more))
        every = [first.run, again.run, *(command.run for command in more)]
        told(f"{RUNS} such runs", engine, every)
        engine.database.close()
    print("  again: python bench/messages.py")


if __name__ == "__main__":
    main()
