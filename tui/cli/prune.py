"""`weir prune`: runs of long ago hidden, brought back, and at last removed."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from engine import keeping
from engine.errors import NotFound
from engine.machine.state import RUN_ENDED
from engine.people import refuse_inside_a_run
from tui.cli import out
from tui.cli.known import WORKFLOW
from tui.cli.reach import Reach, at_a_terminal, pass_reach
from tui.cli.since import Since

DONE = {"hide": "hid", "undo": "brought back", "purge": "removed"}
WOULD = {"hide": "hide", "undo": "bring back", "purge": "remove for good"}


@click.command()
@click.argument("run_ids", metavar="[RUN]...", nargs=-1)
@click.option("--older-than", type=Since(), help="Runs that ended before then: 90d.")
@click.option("--workflow", type=WORKFLOW, help="Only runs of this workflow.")
@click.option(
    "--status",
    type=click.Choice(sorted(each.value for each in RUN_ENDED)),
    help="Only these.",
)
@click.option("--undo", is_flag=True, help="Bring back RUN, or all that is hidden.")
@click.option(
    "--purge", is_flag=True, help="Remove for good what is hidden long enough."
)
@click.option(
    "--grace",
    type=Since(),
    default="30d",
    show_default=True,
    help="With --purge: how long a run has been hidden at least.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--yes", is_flag=True, help="Don't ask before --purge.")
@out.json_option
@pass_reach
def prune(
    reach: Reach,
    run_ids: tuple[str, ...],
    older_than: float | None,
    workflow: str | None,
    status: str | None,
    undo: bool,
    purge: bool,
    grace: float,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Hide runs that have ended, RUN or those --older-than, from every list.

    A hidden run comes back with --undo. With --purge, what has been hidden for the
    grace is removed with its history, logs and documents, and nothing brings it back.
    """
    refuse_inside_a_run()
    how = "undo" if undo else "purge" if purge else "hide"
    refuse_mixture(how, undo and purge, run_ids, older_than)
    if how == "hide":
        ids = to_hide(reach, run_ids, older_than, workflow, status)
    else:
        ids = hidden(reach, run_ids, grace if purge else None)
    found = keeping.removal(reach.desk().database, ids)
    if not as_json:
        out.line(f"{'would' if dry_run else 'going to'} {WOULD[how]} {found.words}")
    if not dry_run and ids:
        if purge and not yes:
            require_yes(as_json)
        carry_out(reach, how, found.runs)
    tell(how, found, dry_run, as_json)


def refuse_mixture(
    how: str, both: bool, run_ids: Sequence[str], older_than: float | None
) -> None:
    if both:
        raise click.UsageError("say --undo or --purge")
    if how == "hide" and bool(run_ids) == (older_than is not None):
        raise click.UsageError("say which: RUN, or --older-than 90d")
    if how != "hide" and older_than is not None:
        raise click.UsageError(f"--older-than has no meaning with --{how}")


def to_hide(
    reach: Reach,
    run_ids: Sequence[str],
    older_than: float | None,
    workflow: str | None,
    status: str | None,
) -> list[str]:
    database = reach.desk().database
    if older_than is not None:
        return keeping.prunable(
            database, before=older_than, workflow=workflow, status=status
        )
    ids = keeping.whole(database, [reach.run_id(each) for each in run_ids])
    keeping.require_prunable(database, ids)
    return ids


def hidden(reach: Reach, run_ids: Sequence[str], before: float | None) -> list[str]:
    """The hidden runs that are meant; all of them when none is named."""
    found = keeping.ripe(reach.desk().database, before)
    if not run_ids:
        return found
    ids = [reach.run_id(each) for each in run_ids]
    ids = keeping.whole(reach.desk().database, ids)
    for each in ids:
        if each not in found:
            long = "" if before is None else ", or not for the grace yet"
            raise NotFound(f"run {each} is not hidden{long}")
    return ids


def require_yes(as_json: bool) -> None:
    if as_json or not at_a_terminal():
        raise click.UsageError("--purge can't be undone; say --yes")
    click.confirm("nothing brings them back; go on?", abort=True, err=True)


def carry_out(reach: Reach, how: str, ids: Sequence[str]) -> None:
    desk = reach.desk()
    acts = {"hide": keeping.prune, "undo": keeping.undo, "purge": keeping.purge}
    acts[how](desk.database, desk.who, ids, time.time())


def tell(how: str, found: keeping.Removal, dry_run: bool, as_json: bool) -> None:
    if as_json:
        done = {"act": how, "done": not dry_run, "bytes": found.bytes}
        out.document({**done, "runs": found.runs})
    elif not dry_run and found.runs:
        more = "; `weir prune --undo` brings them back" if how == "hide" else ""
        out.line(f"{DONE[how]} {found.words}{more}")
