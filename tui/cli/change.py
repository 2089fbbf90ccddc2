"""`weir skip`, `back` and `set`: a person's word on how a run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.errors import CommandRefused
from engine.people import refuse_inside_a_run
from engine.why import fills
from tui.cli import out
from tui.cli.gates import comment_option
from tui.cli.known import STEP
from tui.cli.pairs import pairs
from tui.cli.reach import Reach, at_a_terminal, pass_reach
from tui.cli.steer import run_argument, tell

if TYPE_CHECKING:
    from engine.machine.missing import Missing


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
@click.argument("values", nargs=-1, metavar="[NAME=VALUE...]")
@out.json_option
@pass_reach
def fill(reach: Reach, run_id: str, values: tuple[str, ...], as_json: bool) -> None:
    """Give values that a run waits for; it goes on once it has all of them.

    Without any, a person at a terminal is asked for each that is missing. Where one of
    those given does not fit, none is taken. A value is JSON, or else a text.
    """
    refuse_inside_a_run()
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    given = pairs(values, "the value") or asked(reach, run)
    desk.fill(run, given)
    tell(reach, run, as_json)
    for each in () if as_json else desk.lack(run).values:
        out.line(f"! it still lacks {out.one_line(each.told)}")


def asked(reach: Reach, run: str) -> dict[str, str]:
    """What a person types for each value that the run lacks; what is left empty waits.

    Refuses where there is nothing to ask for, nobody to ask, or nothing is said.
    """
    lack = reach.desk().lack(run)
    if not lack.values:
        raise CommandRefused(f"{run} lacks no value")
    if not at_a_terminal():
        command = reach.command(fills(run, lack.names).removeprefix("weir "))
        raise click.UsageError(f"say what it lacks: {command}")
    if lack.why:
        out.line(out.one_line(lack.why), err=True)
    out.line("An empty line leaves a value out, for later.", err=True)
    said = {each.name: answered(each) for each in lack.values}
    if not (given := {name: text for name, text in said.items() if text}):
        raise CommandRefused(f"nothing is given; {run} waits as before")
    return given


def answered(value: Missing) -> str:
    told = out.one_line(value.told)
    said = click.prompt(told, default="", show_default=False, err=True)
    return str(said).strip()
