"""`weir runner`: the process that performs steps, looked after by hand."""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import time
from collections.abc import Callable

import click

from engine.awake import ensure_runner, is_awake
from engine.errors import WeirError
from engine.inbox import untold
from engine.lost import living, silent, what_holds
from engine.opening import require_known
from engine.workspace import Workspace
from store import steps
from store.database import Database
from store.records import RunnerRecord
from tui.cli import out
from tui.cli.reach import Reach, pass_looking, pass_reach
from tui.words.times import ago, now

PATIENCE = 20.0  # seconds that a runner gets to wake, or to end its steps and go home


@click.group()
def runner() -> None:
    """Start, stop or look at the runner of this workspace."""


@runner.command()
@out.json_option
@pass_reach
def start(reach: Reach, as_json: bool) -> None:
    """Make sure a runner is awake, detached from this terminal."""
    workspace = reach.workspace()
    reach.database().require_writable()
    require_known(workspace, reach.database())
    ensure_runner(workspace)
    wait_until(workspace, awake=True)
    tell(reach, as_json)


@runner.command()
@out.json_option
@pass_looking
def stop(reach: Reach, as_json: bool) -> None:
    """Let the runner end its steps and go home; runs stay where they are."""
    asked: set[str] = set()
    was_awake = is_awake(reach.workspace())

    def ask() -> None:
        # One that has only just woken is not in the store at the first look.
        for each in ours(reach.database()):
            if each.id not in asked:
                asked.add(each.id)
                os.kill(each.pid, signal.SIGTERM)
                os.kill(each.pid, signal.SIGCONT)  # a suspended one hears nothing

    wait_until(reach.workspace(), awake=False, meanwhile=ask)
    if was_awake and not as_json:
        out.line("the runner has gone home")
    tell(reach, as_json)


@runner.command()
@out.json_option
@pass_looking
def status(reach: Reach, as_json: bool) -> None:
    """Say whether a runner is awake, and what it does."""
    tell(reach, as_json)


@runner.command(hidden=True)
@click.option("--idle", default=900.0, help="Seconds without work; then it goes home.")
@pass_reach
def serve(reach: Reach, idle: float) -> None:
    """Be the runner, in this terminal."""
    from engine.serve import serve

    asyncio.run(serve(reach.root(), idle))


def ours(database: Database) -> list[RunnerRecord]:
    """Those on this machine. A pid here means the process it was given to."""
    alive = living(database, now())
    here = [each for each in alive if each.machine == platform.node()]
    return here + silent(database, now())


def wait_until(
    workspace: Workspace, *, awake: bool, meanwhile: Callable[[], None] = lambda: None
) -> None:
    end = time.monotonic() + PATIENCE
    while is_awake(workspace) is not awake:
        meanwhile()
        if time.monotonic() > end:
            did = "come up" if awake else "gone home"
            log = workspace.folder / "runner.log"
            raise WeirError(f"the runner has not {did} in {PATIENCE:.0f} s; see {log}")
        time.sleep(0.05)


def tell(reach: Reach, as_json: bool) -> None:
    database = reach.database()
    alive = living(database, now())
    mute = silent(database, now())
    awake = is_awake(reach.workspace())
    wrong = untold(database)
    if as_json:
        busy, missed = steps.running(database), [out.fields(each) for each in wrong]
        told = {"awake": awake, "runners": alive, "silent": mute}
        out.document({**told, "running": busy, "untold": missed})
        return
    out.line(
        "a runner is awake"
        if awake
        else "no runner is awake; `weir runner start` wakes one"
    )
    for each in alive:
        where = f"{each.id}  pid {each.pid} on {out.one_line(each.machine)}"
        out.line(f"{where}, woken {ago(each.started_at)}, heard {ago(each.beat_at)}")
    for each in mute:
        out.line(
            f"{each.id}  pid {each.pid} was last heard {ago(each.beat_at)},"
            f" and {what_holds(each)}"
        )
    for step in steps.running(database):
        out.line(f"  {step.run}  {out.one_line(step.path)}, attempt {step.attempt}")
    for item in wrong:
        out.line(out.one_line(f"{item.title}; `weir notify` tells more"))
