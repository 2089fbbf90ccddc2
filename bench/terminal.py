"""What the workbench is like at a terminal: how much it sends, and how soon.

Each figure is of a real terminal and a store of 100,000 runs. What it does not make by
itself (log lines, runs) comes from another process, as it does from a runner.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.chatter import chatter, line
from bench.crowd import Crowd, crowd
from bench.rounds import ROUNDS
from bench.watched import WEIR, WIDE, Watched, told
from bench.workspace import end_runner

KEYS = 50  # cursor keys, at the rate of a held key
HELD = 1 / 30
SECONDS = 10
LINES = 100_000
IDLE = 30


def looking(place: Crowd, **given: object) -> Watched:
    return Watched([*WEIR, "--no-runner", str(place.root)], **given)  # type: ignore[arg-type]


def cursor(place: Crowd) -> None:
    with looking(place) as watched:
        watched.until(place.newest)
        watched.settle()
        sent = 0
        for _ in range(KEYS):
            watched.press("j")
            sent += watched.listen(HELD)
        sent += watched.listen(1)
        told("a cursor key at 80x24", sent / KEYS / 1024, "KB", "at most 3")


def live_log(place: Crowd, title: str, wanted: str, **environment: str) -> None:
    with (
        looking(place, size=WIDE, environment=environment) as watched,
        chatter(place.root, place.newest, 2_000),
    ):
        watched.until("unusual")
        watched.press("3z")
        watched.listen(2)
        rate = watched.listen(SECONDS) / SECONDS / 1024
        told(f"a log of 2,000 lines/s at 160x50, {title}", rate, "KB/s", wanted)


def keys(place: Crowd) -> None:
    with (
        looking(place, size=WIDE) as watched,
        chatter(place.root, place.newest, 500),
    ):
        watched.until("unusual")
        watched.press("4")
        watched.listen(2)
        took = [
            pressed(watched, key, name) * 1000
            for _ in range(100)
            for key, name in (("j", "> beta"), ("k", "> alpha"))
        ]
        spread("key to its row, 500 log lines/s coming", took, "p95 under 15")


def pressed(watched: Watched, key: str, shown: str) -> float:
    watched.listen(random.uniform(0.02, 0.08))
    return watched.pressed_until(key, shown)


def changes(place: Crowd) -> None:
    with looking(place) as watched:
        watched.until(place.newest)
        watched.settle()
        took = []
        for _ in range(40):
            watched.press("gg")  # where a new run will stand
            watched.listen(random.uniform(0.3, 0.6))
            start, began = len(watched.seen), time.perf_counter()
            watched.until(place.start(), start)
            took.append((time.perf_counter() - began) * 1000)
        spread("a run begun in another process, to the screen", took, "p50 under 150")


def long_log(place: Crowd) -> None:
    """A walk through the log of a run, of which a stretch is held at a time."""
    run = place.start()
    for first in range(0, LINES, 1000):
        said = [line(run, number) for number in range(first, first + 1000)]
        place.desk.engine.log(said).result()
    with looking(place, size=WIDE) as watched:
        watched.until(f"{LINES - 1:07}")
        watched.press("3z")
        walk(watched, f"the log of a run of {LINES:,} lines")
        watched.settle()
        watched.press("/")
        watched.settle()
        took = watched.pressed_until("0031337", "0031337: nothing")
        told("a line of them is found in", took * 1000, "ms", "")
        told("memory with that log", watched.resident, "MB", "under 90")


def spread(what: str, took: list[float], wanted: str) -> None:
    told(f"{what}: the median", median(took), "ms", wanted)
    told(f"{what}: 95 of 100", quantiles(took, n=20)[-1], "ms", wanted)


def idle(place: Crowd) -> None:
    """With a runner that is awake, and beats into the same store."""
    with Watched([*WEIR, str(place.root)]) as watched:
        watched.until("Runs")
        watched.settle(5)
        before = watched.processor
        sent = watched.listen(IDLE)
        share = (watched.processor - before) / IDLE * 100
        told(f"sent in {IDLE} idle seconds", sent, "bytes", "0")
        told("… and what they cost", share, "% of a core", "under 0.5")
    end_runner(place.desk.database)


SCROLLED = [sys.executable, str(Path(__file__).with_name("scrolled.py"))]
HOME = "\x1b[H"
MOVES = ["\x04"] * 40 + ["\x15"] * 20 + ["j"] * 40 + ["G", HOME] * 3


def scroll(kind: str, title: str) -> None:
    """Each key of a walk, until what it moves to is painted.

    The walk is gone five times, and of each key the least counts: what others do on the
    machine comes at other keys the next time, and what a key takes does not.
    """
    with Watched([*SCROLLED, kind], WIDE) as watched:
        watched.until("ready")
        walk(watched, title)


def walk(watched: Watched, title: str) -> None:
    rounds = []
    for _ in range(ROUNDS):
        watched.press(HOME)
        watched.settle()
        rounds.append([moved(watched, key) * 1000 for key in MOVES])
    took = [min(each) for each in zip(*rounds, strict=True)]
    told(f"a key in {title}: the median", median(took), "ms", "under 50")
    told(f"a key in {title}: the longest", max(took), "ms", "under 50")


def moved(watched: Watched, key: str) -> float:
    watched.listen(HELD)
    start, began = len(watched.seen), time.perf_counter()
    watched.press(key)
    watched.until_true(lambda: len(watched.seen) > start, key)
    return time.perf_counter() - began


def main() -> None:
    print("at a terminal")
    with crowd() as place:
        parts: tuple[Callable[[Crowd], None], ...] = (cursor, keys, changes, idle)
        for part in parts:
            part(place)
        live_log(place, "over SSH", "at most 100", SSH_CONNECTION="::1 1 ::1 22")
        live_log(place, "at a desk", "twice as often")
        long_log(place)
    scroll("table", "1,000,000 rows")
    scroll("log", "100,000 log lines")
    print("  again: python bench/terminal.py")


if __name__ == "__main__":
    main()
