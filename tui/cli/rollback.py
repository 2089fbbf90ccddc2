"""`weir rollback`: undo what a run has done, after looking at what that would be."""

from __future__ import annotations

import sys

import click

from engine.errors import CommandRefused
from engine.people import refuse_inside_a_run
from engine.preview import Undoing, how, unsure
from tui.cli import out
from tui.cli.known import STEP
from tui.cli.reach import Reach, pass_reach
from tui.cli.steer import run_argument, tell

HEADERS = ("STEP", "IS", "WHAT UNDOES IT")


@click.command()
@run_argument
@click.option("--to", default="", type=STEP, help="Keep what was done up to it.")
@click.option("--preview", is_flag=True, help="Only say what would be undone.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@out.json_option
@pass_reach
def rollback(
    reach: Reach, run_id: str, to: str, preview: bool, yes: bool, as_json: bool
) -> None:
    """Undo what a run has done, newest first: all of it, or what came after a step.

    Each step is undone by its `undo`. One without is named before anything happens, and
    is left as it is. What fails to be undone stops, and asks in the inbox.
    """
    if not preview:
        refuse_inside_a_run()
    reach.only_looks = preview
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    found = desk.preview(run, to)
    if preview:
        show(found, run, as_json=as_json)
        return
    confirm(found, run, yes=yes)
    desk.roll_back(run, to)
    tell(reach, run, as_json)
    if yes and not as_json:
        tell_lines(unsure(found), run)


def show(found: list[Undoing], run: str, *, as_json: bool) -> None:
    if as_json:
        out.document([out.fields(each) for each in found])
    elif not found:
        out.line("nothing is to be undone")
    else:
        out.table(HEADERS, [row(each, run) for each in found])


def row(each: Undoing, run: str) -> list[str]:
    of = f" of {each.run}" if each.run != run else ""
    return [out.one_line(each.path) + of, each.standing, out.one_line(how(each))]


def tell_lines(found: list[Undoing], run: str, *, err: bool = False) -> None:
    for each in found:
        out.line(f"  {'  '.join(row(each, run))}", err=err)


def confirm(found: list[Undoing], run: str, *, yes: bool) -> None:
    """Show what would happen, and ask; without a terminal `--yes` must say it."""
    left = [each.path for each in unsure(found) if not each.kind]
    if yes:
        return
    if not sys.stdin.isatty():
        named = f"; it would leave {', '.join(left)} as it is" if left else ""
        raise CommandRefused(
            f"a roll back is confirmed at a terminal, or with --yes{named};"
            " --preview shows all of it"
        )
    tell_lines(found, run, err=True)
    if not click.confirm(f"Roll {run} back?", default=False, err=True):
        raise CommandRefused(f"run {run} stays as it is")
