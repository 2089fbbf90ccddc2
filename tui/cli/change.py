"""`weir skip`, `back` and `set`: a person's word on how a run goes on."""

from __future__ import annotations

import click

from engine.people import refuse_inside_a_run
from tui.cli import out
from tui.cli.gates import comment_option
from tui.cli.known import STEP
from tui.cli.pairs import pairs
from tui.cli.reach import Reach, pass_reach
from tui.cli.steer import run_argument, tell


@click.command()
@run_argument
@click.argument("step", type=STEP)
@click.option("--reason", required=True, metavar="TEXT", help="Why it is not needed.")
@out.json_option
@pass_reach
def skip(reach: Reach, run_id: str, step: str, reason: str, as_json: bool) -> None:
    """Go on without STEP, as if it had succeeded and left nothing.

    For a step that stands still: ready, retrying, waiting, interrupted or failed; a
    failed run goes on with it. A gate can't be skipped: its approvers decide.
    """
    refuse_inside_a_run()
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    desk.skip(run, step, reason)
    tell(reach, run, as_json)


@click.command()
@run_argument
@click.option("--to", required=True, type=STEP, help="The step to come to again.")
@comment_option
@out.json_option
@pass_reach
def back(reach: Reach, run_id: str, to: str, comment: str, as_json: bool) -> None:
    """Come to an earlier step again, as a new visit.

    What is under way in the same list is ended, and what it asks is withdrawn. Where
    steps have `needs`, that is only what depends on the step, which is outdated and
    done again; the rest is kept. Nothing is undone: `weir rollback` does that.
    """
    refuse_inside_a_run()
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    desk.back(run, to, comment)
    tell(reach, run, as_json)


@click.command("set")
@run_argument
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@out.json_option
@pass_reach
def set_(reach: Reach, run_id: str, values: tuple[str, ...], as_json: bool) -> None:
    """Give context values of a run, all or none; templates read them from then on.

    A value is of the kind that is there now: a text, or JSON. An open gate that shows
    one asks anew. A value that was shown at a gate and approved can't be set, until
    the run comes to that gate again.
    """
    refuse_inside_a_run()
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    asking = desk.set_values(run, pairs(values, "the value"))
    tell(reach, run, as_json)
    if not as_json:
        for path in asking:
            out.line(f"  {out.one_line(path)} asks anew")


@click.command("fill")
@run_argument
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@out.json_option
@pass_reach
def fill(reach: Reach, run_id: str, values: tuple[str, ...], as_json: bool) -> None:
    """Give values that a run waits for; it goes on once it has all of them.

    Where one of those given does not fit, none is taken. A value is JSON, or else a
    text. `weir inbox` tells what is missing, and for which steps.
    """
    refuse_inside_a_run()
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    desk.fill(run, pairs(values, "the value"))
    tell(reach, run, as_json)
    for each in () if as_json else desk.lack(run).values:
        out.line(f"! it still lacks {out.one_line(each.told)}")
