"""What it costs to look: `weir runs` and the workbench's first paint on 10,000 runs.

`weir runs` is measured against a bare `python -c pass`, the first paint against the
smallest Textual app, pair by pair, so that a machine's mood is in both.
"""

from __future__ import annotations

import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path

import pyte

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.workspace import write_workspace
from engine.ids import new_id
from store.database import Database, open_database
from store.records import RunRecord

RUNS = 10_000
PAIRS = 9
WEIR = [sys.executable, "-c", "from tui.cli import main; main()"]
SMALLEST = """
from textual.app import App
from textual.widgets import Static
class Smallest(App):
    def compose(self):
        yield Static("painted")
Smallest().run()
"""


def fill(database: Database) -> str:
    """Put the runs in; the newest one's id."""
    now = time.time()
    records = [
        RunRecord(
            id=new_id("r"),
            workflow="release-notes",
            version="0" * 64,
            status="succeeded",
            seq=40,
            started_at=now - n,
            updated_at=now - n,
            ended_at=now - n,
            by="ana",
            done=5,
            total=5,
        )
        for n in range(RUNS)
    ]
    for first in range(0, RUNS, 500):
        part = records[first : first + 500]
        database.writer.submit(
            lambda b, part=part: [b.put_run(r) for r in part]
        ).result()  # type: ignore[misc]
    return records[-1].id


def wall(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def paint(command: list[str], expected: str) -> float:
    """Seconds from exec until the screen of an 80x24 terminal shows a text."""
    began = time.perf_counter()
    child, master = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(command[0], command)
    ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    try:
        while time.perf_counter() - began < 20:
            if select.select([master], [], [], 0.05)[0]:
                stream.feed(os.read(master, 65536).replace(b"\x1b[>", b"\x1b["))
                if any(expected in line for line in screen.display):
                    return time.perf_counter() - began
        raise SystemExit(f"{expected!r} was never on the screen")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(master)


def pairs(
    one: Callable[[], float], other: Callable[[], float]
) -> list[tuple[float, float]]:
    one(), other()  # caches warm
    return [(one(), other()) for _ in range(PAIRS)]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WEIR_STATE"] = f"{folder}/state"
        root = write_workspace(Path(folder) / "w", {})
        with open_database(root / ".weir") as database:
            newest = fill(database)
        runs = [*WEIR, "-C", str(root), "runs"]
        bare = [sys.executable, "-c", "pass"]
        found = pairs(lambda: wall(runs), lambda: wall(bare))
        more = statistics.median((mine - other) * 1000 for mine, other in found)
        print(
            f"weir runs on {RUNS:,} runs: {more:.0f} ms above bare python (at most 250)"
        )
        look = [*WEIR, "--no-runner", str(root)]
        smallest = [sys.executable, "-c", SMALLEST]
        found = pairs(
            lambda: paint(look, newest[:8]), lambda: paint(smallest, "painted")
        )
        ratio = statistics.median(mine / other for mine, other in found)
        print(f"first paint on {RUNS:,} runs: {ratio:.2f} x the smallest Textual app")
        mine = statistics.median(seconds for seconds, _ in found) * 1000
        print(f"  (at most 2); {mine:.0f} ms here")


if __name__ == "__main__":
    main()
