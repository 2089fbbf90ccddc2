"""`weir wait`: until a run has ended or needs a person, or until a gate asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import click

from engine.desk import Desk
from engine.errors import CommandRefused
from engine.halting import Halt, halt_of
from engine.machine.state import RUN_ENDED
from store import approvals, runs
from store.database import Database
from store.records import ApprovalRecord
from tui.cli import out
from tui.cli.follow import exit_code, until
from tui.cli.known import STEP
from tui.cli.reach import Reach, pass_reach
from tui.cli.steer import run_argument

T = TypeVar("T")


@click.command()
@run_argument
@click.option("--gate", type=STEP, help="Until this step of it asks; say its id.")
@out.json_option
@click.pass_context
@pass_reach
def wait(
    reach: Reach, ctx: click.Context, run_id: str, gate: str | None, as_json: bool
) -> None:
    """Wait until a run has ended or needs a person; for scripts.

    Exits as `weir run` does: 0 when it succeeded, 1 when it failed or was rolled back,
    3 when it waits for a person, 4 when it was cancelled.

    With --gate it waits until the gate of a step asks, in the run or in one that it has
    started, and prints its id alone, for `weir approve`. A run that has ended without
    is told, and exits with 1.
    """
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    if halt_of(desk.database, run).run.status not in RUN_ENDED:
        desk.wake()
    if gate is not None:
        tell_gate(seen(desk, lambda: asking(desk.database, run, gate)), as_json)
    else:
        standing = seen(desk, lambda: stopped(desk.database, run))
        tell(standing, as_json)
        ctx.exit(exit_code(standing))


def seen(desk: Desk, there: Callable[[], T | None]) -> T:
    return asyncio.run(until(desk.database, there, desk.wake))


def tell_gate(gate: ApprovalRecord, as_json: bool) -> None:
    if as_json:
        out.document(gate)
    else:
        out.line(gate.id)


def tell(standing: Halt, as_json: bool) -> None:
    run = standing.run
    if as_json:
        out.document(run)
    else:
        said = f", {out.one_line(run.reason)}" if run.reason else ""
        out.line(f"{run.id} is {out.status(run.status)}{said}")


def stopped(database: Database, run: str) -> Halt | None:
    standing = halt_of(database, run)
    return standing if standing.stopped else None


def asking(database: Database, run: str, step: str) -> ApprovalRecord | None:
    """The open gate at a path, or of a step. Raises CommandRefused when none can be."""
    inside = [each.id for each in runs.under(database, run)]
    ended = halt_of(database, run).run.status in RUN_ENDED
    waiting = approvals.of_runs(database, [run, *inside])
    for names in (str, id_of_step):
        for gate in waiting:
            if names(gate.path) == step:
                return gate
    if ended:
        raise CommandRefused(f"run {run} has ended, and no gate asks at {step}")
    return None


def id_of_step(path: str) -> str:
    return path.rpartition("/")[2].partition("#")[0]
