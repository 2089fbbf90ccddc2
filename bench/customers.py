"""The context of 10,000 customers' runs, 8 KB each: what is read of it, and by whom.

Each run looks its customer up in a database of the workspace and waits at a gate. Then
the memory of the runner that did so is told, and of commands that list runs, show one
of them or look up one context: the most that each has held, with 10 runs in the store
and with 10,000. What only shows a page must hold the same with both.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import apsw

from bench.decision import wait_for
from bench.idle import runner_of
from bench.watched import resident
from bench.workspace import end_runner, write_workspace
from engine.awake import ensure_runner
from engine.closure import closure
from engine.desk import Desk
from engine.ids import new_id
from engine.importer import Importer
from engine.machine import commands as c
from engine.trust import Trust
from store import runs

FEW, MANY = 10, 10_000
NOTES = "They were asked about usage, and said that it is as it was last year. " * 115
CONFIG = 'provider = "mock"\n\n[databases]\ncrm = "data/crm.db"\n'
RENEW = """workflow: renew
inputs: {customer: string}
context:
  customer: {sql: "select * from customers where id = :customer", one: true}
steps:
  - {id: ask, approval: {title: "Renew {{ customer.name }}?"}}
  - {id: note, set: {said: "{{ customer.notes | length }}"}}
"""
# What a program has held counts from what the one held that began it: a small one.
MEASURES = """import os, sys
null = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_WRONLY, 0) for n in (1, 2)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=null)
_, status, used = os.wait4(child, 0)
assert status == 0, sys.argv
print(used.ru_maxrss)
"""
COMMANDS = {
    "weir runs": ("runs", "--limit", "50"),
    "weir runs --json": ("runs", "--limit", "50", "--json"),
    "weir show RUN": ("show", "RUN"),
    "weir context renew": ("context", "renew", "-i", "customer=c7"),
}


def holding(root: Path, count: int) -> tuple[Desk, str]:
    """A workspace with so many runs at their gates, and the newest of them."""
    write_workspace(root, {"renew.yaml": RENEW})
    (root / "weir.toml").write_text(CONFIG)
    (root / "data").mkdir()
    with apsw.Connection(str(root / "data/crm.db")) as crm:
        crm.execute("create table customers (id text primary key, name, notes)")
        rows = ((f"c{n}", f"Customer {n}", NOTES) for n in range(count))
        crm.executemany("insert into customers values (?, ?, ?)", rows)
    Trust.open().own(root)
    desk = Desk.open(root, via="cli")
    Importer(desk.engine).scan()
    found = closure(desk.engine, "renew")
    ids = [new_id("r") for _ in range(count)]
    for number, run in enumerate(ids):
        given = {"customer": f"c{number}"}
        command = c.StartRun(run, given, found.version, found.pins, desk.who)
        desk.engine.submit(run, command)
    ensure_runner(desk.workspace)
    wait_for(lambda: runs.counts(desk.database).get("waiting", 0) == count)
    return desk, ids[-1]


def most_held(root: Path, words: tuple[str, ...]) -> float:
    """The most megabytes that a command has held."""
    weir = Path(sys.executable).with_name("weir")
    command = [sys.executable, "-c", MEASURES, str(weir), "-C", str(root), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WEIR_STATE"] = f"{folder}/state"
        desks = {n: holding(Path(folder) / str(n), n) for n in (FEW, MANY)}
        print(f"MB held, with {FEW} and with {MANY:,} runs of 8 KB of context each")
        kept = [resident(runner_of(desk)) for desk, _ in desks.values()]
        print(f"  {'the runner that began them':28}" + told(kept))
        for desk, _ in desks.values():
            end_runner(desk.database)
        for name, words in COMMANDS.items():
            held = [
                most_held(
                    desk.workspace.root,
                    tuple(run if word == "RUN" else word for word in words),
                )
                for desk, run in desks.values()
            ]
            print(f"  {name:28}{told(held)}")
        for desk, _ in desks.values():
            desk.close()
    print("  again: python bench/customers.py")


def told(figures: list[float]) -> str:
    return "".join(f"{figure:8.0f}" for figure in figures)


if __name__ == "__main__":
    main()
