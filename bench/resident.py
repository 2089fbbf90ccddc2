"""How much memory a workbench takes: when it has begun, and after an hour of use.

The hour is put into a few minutes: a thousand runs of ten steps are done by a runner in
another process, the chosen run logs 100,000 lines, and someone goes about with 2,000
keys: through the lists, the pages of runs and of definitions, the log, the audit.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.chatter import chatter
from bench.crowd import Crowd, crowd
from bench.large import perform, text_of
from bench.watched import NARROW, WEIR, WIDE, Watched, told
from bench.workspace import add_workflow
from engine.ids import new_id
from engine.machine import commands as c

RUNS_DONE = 1_000
LINES = 100_000
AT_ONCE = 4_000  # lines a second: more than a workbench reads, which goes on at the end
# To the next runs, into one and through its pages; into the log and to another step;
# to a workflow and through its pages; to the other panes; to the audit; and back. Each
# with what is then on the screen: nobody types into what they do not see.
ROUND = (
    ("1jjji", "Given"),
    ("\t\t[]1", "WORKFLOW"),
    ("3][F", "every step"),
    ("4jgd", "Versions"),
    ("\t\t4", "4 Templates▸"),
    ("25zz", "It keeps"),
    ("gu", "Audit"),
    ("5", "It keeps"),
    ("1Ggg", "WORKFLOW"),
)
KEYS = 2_000
HELD = 1 / 30


def go_about(watched: Watched) -> None:
    each = sum(len(keys) for keys, _ in ROUND)
    for keys, shown in ROUND * (KEYS // each):
        start = len(watched.seen)
        for key in keys:
            watched.press(key)
            watched.listen(HELD)
        watched.until(shown, start)


def work(place: Crowd) -> None:
    engine = place.desk.engine
    version = add_workflow(engine, text_of("renewal"))
    given = {"number": "1", "city": "Oslo", "fails": False}
    wanted = [
        c.StartRun(new_id("r"), given, version, {}, place.desk.who)
        for _ in range(RUNS_DONE)
    ]
    asyncio.run(perform(engine, wanted))


def an_hour(place: Crowd, watched: Watched) -> None:
    with chatter(place.root, place.newest, AT_ONCE):
        watched.listen(LINES / AT_ONCE)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work, place)
        while not done.done():
            watched.listen(0.5)
        done.result()
    go_about(watched)
    watched.settle()


def at(place: Crowd, size: tuple[int, int]) -> None:
    columns, rows = size
    with Watched([*WEIR, "--no-runner", str(place.root)], size) as watched:
        watched.until("Runs")
        watched.settle(3)
        title = f"at {columns}x{rows}"
        told(f"at the start, {title}", watched.resident, "MB", "under 60")
        an_hour(place, watched)
        told(f"after an hour, {title}", watched.resident, "MB", "under 90")


def main() -> None:
    print("memory")
    for size in (NARROW, WIDE):
        with crowd() as place:  # each has a store of its own, which an hour fills
            at(place, size)
    print("  again: python bench/resident.py")


if __name__ == "__main__":
    main()
