"""`weir snooze`: a gate that one does not want to be shown for a while."""

from __future__ import annotations

import click

from engine.later import KNOWN
from engine.people import refuse_inside_a_run
from engine.spans import moment
from tui.cli import out
from tui.cli.reach import Reach, pass_reach


@click.command()
@click.argument("gate", metavar="ID")
@click.argument("until", metavar="TIME", required=False)
@click.option("--wake", is_flag=True, help="Be shown it again now.")
@out.json_option
@pass_reach
def snooze(
    reach: Reach, gate: str, until: str | None, wake: bool, as_json: bool
) -> None:
    """Be shown a gate no more until TIME: 2h, 3d, tomorrow, monday, 14:30, a date.

    Only you: others see it as before. It ends early when anything happens to the
    gate, and shortly before the gate's own deadline, which it never moves.
    """
    refuse_inside_a_run("a run has no inbox; a person must, from their own terminal")
    if wake == (until is not None):
        raise click.UsageError(f"say until when ({KNOWN}), or --wake")
    desk = reach.desk()
    approval = desk.approval(gate)
    at = None
    if until is None:
        desk.rouse(approval.id)
    else:
        at = desk.snooze(approval.id, until).until
    if as_json:
        out.document({"id": approval.id, "snoozed": at})
    else:
        how = f"snoozed until {moment(at)}" if at is not None else "shown again"
        out.line(f"{approval.id} is {how}")
