"""`weir snooze`: what one does not want to be shown for a while."""

from __future__ import annotations

import click

from engine.later import KNOWN
from engine.people import refuse_inside_a_run
from engine.snoozing import id_of
from engine.spans import moment
from tui.cli import out
from tui.cli.known import GATE
from tui.cli.reach import Reach, pass_reach


@click.command()
@click.argument("waits", type=GATE)
@click.argument("until", metavar="TIME", required=False)
@click.option("--wake", is_flag=True, help="Be shown it again now.")
@out.json_option
@pass_reach
def snooze(
    reach: Reach, waits: str, until: str | None, wake: bool, as_json: bool
) -> None:
    """Be shown it no more until TIME: 2h, 3d, tomorrow, monday, 14:30, a date.

    ID is of a gate, or RUN/STEP of a step that may or may not have happened, or lacks a
    value. Only you: others see it as before. It ends early when anything happens to
    it, and shortly before a gate's own deadline, which it never moves.
    """
    refuse_inside_a_run("a run has no inbox; a person must, from their own terminal")
    if wake == (until is not None):
        raise click.UsageError(f"say until when ({KNOWN}), or --wake")
    desk = reach.desk()
    name = id_of(desk.waits(waits))
    at = None
    if until is None:
        desk.rouse(name)
    else:
        at = desk.snooze(name, until).until
    if as_json:
        out.document({"id": name, "snoozed": at})
    else:
        how = f"snoozed until {moment(at)}" if at is not None else "shown again"
        out.line(f"{name} is {how}")
