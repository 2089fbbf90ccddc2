"""`weir demo`: the renewal example as a workspace, and a run of it to its gate."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click

from engine.errors import WeirError
from engine.machine.state import RUN_ENDED, ApprovalStatus
from engine.workspace import CONFIG
from store import approvals, runs
from store.changes import changes
from store.database import Database
from store.records import ApprovalRecord, RunRecord
from tui.cli import out
from tui.cli.reach import Reach, at_a_terminal

WORKFLOW = "renewal-prepare"
WAITS = 3  # how `weir run` says that a person is asked
PATIENCE = 120.0  # seconds until a run of this size has surely ended

# -P: a folder with its own `tui/` must not shadow ours.
WEIR = (sys.executable, "-P", "-c", "from tui.cli import main; main()")
GIT = (
    "git",
    *("-c", "user.name=Weir demo", "-c", "user.email=demo@weir.invalid"),
    *("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"),
)


@click.command(hidden=True)
@click.argument("path", default="demo", type=click.Path(path_type=Path))
def demo(path: Path) -> None:
    """Make a demonstration workspace at PATH and show it.

    With a terminal, the workbench opens on a run that waits at its gate. Without one,
    the run is approved through the command line and followed to its end.
    """
    if not (path / CONFIG).is_file():
        make(path)
    reach = Reach(directory=str(path))
    try:
        if at_a_terminal():
            show_it(path, reach.database())
        else:
            perform(path, reach.database())
    finally:
        reach.close()


def make(path: Path) -> None:
    """A workspace from the renewal example, in a Git repository of its own."""
    weir("init", str(path), "--example", "renewal")
    if shutil.which("git") is None:
        return
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["commit", "-qm", "Begin with the renewal example"],
    ):
        subprocess.run([*GIT, "-C", str(path), *words], check=True)


def show_it(path: Path, database: Database) -> None:
    """Open the workbench; a run waits at its gate already."""
    if not any(gate.workflow == WORKFLOW for gate in approvals.pending(database)):
        start(path)
    # Not `weir demo`, which is this command.
    weir("-C", str(path), "open", quiet=True, asks=True)


def perform(path: Path, database: Database) -> None:
    """The same without a terminal: run, approve, follow to the end, and tell."""
    start(path)
    run = newest(database)
    weir("-C", str(path), "inbox")
    gate = open_gate(database, run)
    said = ["--comment", "Reads well.", "--yes"]
    weir("-C", str(path), "approve", gate.id, *said)
    ended = asyncio.run(follow(database, run.id))
    weir("-C", str(path), "show", run.id)
    if ended.status != "succeeded":
        raise WeirError(f"the demonstration {ended.status}: {ended.reason}")
    out.line()
    out.line("That was the whole path, with a model that makes its answers up.")
    out.line(f"Look about: weir -C {shlex.quote(str(path))}")


def start(path: Path) -> None:
    weir("-C", str(path), "run", WORKFLOW, "-i", "customer=acme", ends=WAITS)


def newest(database: Database) -> RunRecord:
    return runs.page(database, limit=1, workflow=WORKFLOW)[0]


def open_gate(database: Database, run: RunRecord) -> ApprovalRecord:
    gates = approvals.of_run(database, run.id)
    return next(gate for gate in gates if gate.status == ApprovalStatus.PENDING)


async def follow(database: Database, run: str) -> RunRecord:
    """Wait until the run has ended. Raises WeirError when it does not."""
    try:
        async with asyncio.timeout(PATIENCE):
            async for _ in changes(database):
                found = runs.get(database, run)
                if found is not None and found.status in RUN_ENDED:
                    return found
    except TimeoutError:
        pass
    raise WeirError(f"{run} has not ended; `weir why {run}` says what it waits for")


def weir(*words: str, ends: int = 0, quiet: bool = False, asks: bool = False) -> None:
    """Type a command, as a person would. It can ask back only when `asks`.

    Raises WeirError when it ends with another exit code than `ends`.
    """
    if not quiet:
        out.line(out.paint(f"$ weir {shlex.join(words)}", bold=True))
        sys.stdout.flush()
    typed = subprocess.run(
        [*WEIR, *words], stdin=None if asks else subprocess.DEVNULL, check=False
    )
    if typed.returncode != ends:
        raise WeirError(
            f"`weir {words[0]}` ended with {typed.returncode} instead of {ends}"
        )
