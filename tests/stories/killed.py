"""A runner that kills itself at a point: `python killed.py WORKSPACE POINT`.

It is the product's own runner, with a count beside it: before, in and after each
commit, and before and after the work of each attempt. At its POINT-th count it is gone
as by `kill -9`. It writes how far it has counted into the file that POINTS names.

With BESIDE in its environment it asks for no lock, as the runners of a distributed
engine would not: several of them are at work over one database.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from engine import performing, serve
from engine.steps import Outcome, Work, perform
from engine.workspace import Workspace
from store.writing import Job, Writer

Jobs = list[Job[Any]]


def pass_by() -> None:
    """A point at which the runner may die. Called on both of its threads."""
    number = next(counted)
    if number == point:
        os.kill(os.getpid(), signal.SIGKILL)
    if reached:
        # Whole, or as it was: someone may kill this process in the middle of it.
        written = Path(f"{reached}.{threading.get_ident()}")
        written.write_text(str(number))
        written.replace(reached)


def commit(writer: Writer, jobs: Jobs, run: Callable[[Jobs], None]) -> None:
    def run_and_pass(jobs: Jobs) -> None:
        run(jobs)
        pass_by()  # all is written, and nothing of it is on disk

    pass_by()
    committed(writer, jobs, run_and_pass)
    pass_by()


async def perform_and_pass(work: Work, now: float) -> Outcome:
    pass_by()
    outcome = await perform(work, now)
    pass_by()  # it has happened, and nobody knows
    return outcome


@contextmanager
def no_lock(workspace: Workspace) -> Iterator[bool]:
    yield True


def nobody_awake(workspace: Workspace) -> bool:
    return False


if __name__ == "__main__":
    os.umask(0o077)
    counted = itertools.count(1)
    point = int(sys.argv[2])
    reached = os.environ.get("POINTS", "")
    committed = Writer._commit
    Writer._commit = commit  # type: ignore[method-assign]
    performing.perform = perform_and_pass
    # A file counts at once: a campaign has no two seconds for each.
    serve.Keeper = partial(serve.Keeper, still=0.0)  # type: ignore[misc, assignment]
    if "BESIDE" in os.environ:
        serve.runner_lock, serve.is_awake = no_lock, nobody_awake
    asyncio.run(serve.serve(Path(sys.argv[1])))
