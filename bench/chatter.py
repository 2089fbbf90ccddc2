"""Writes lines into the log of a run, as a runner does, until it is ended.

Run as `python bench/chatter.py ROOT RUN LINES_A_SECOND`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.runlog import EVERY
from store.database import open_database
from store.records import LogRecord

SAID = "step 4 of renewal looked at the usage of customer {n:07}: nothing unusual, "
WIDTH = 140  # of a line


@contextmanager
def chatter(root: Path, run: str, lines: int) -> Iterator[None]:
    """So many lines a second, from a process of its own."""
    with subprocess.Popen(
        [sys.executable, __file__, str(root), run, str(lines)]
    ) as one:
        yield
        one.terminate()


def write(root: Path, run: str, lines: int) -> None:
    began, said = time.monotonic(), 0
    with open_database(root / ".weir") as database:
        while True:
            due = int((time.monotonic() - began) * lines)
            batch = [line(run, n) for n in range(said, due)]
            database.writer.submit(lambda b, batch=batch: b.add_logs(batch)).result()  # type: ignore[misc]
            said = due
            time.sleep(EVERY)


def line(run: str, number: int) -> LogRecord:
    text = SAID.format(n=number).ljust(WIDTH, "x") + "\n"
    return LogRecord(
        run=run, path="draft", attempt=1, at=time.time(), stream="out", text=text
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
