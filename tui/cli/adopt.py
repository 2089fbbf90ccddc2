"""`weir adopt`: a run in flight goes on by the newest version of its workflow."""

from __future__ import annotations

import click

from engine.changing import Adoption
from engine.desk import Desk
from engine.errors import CommandRefused
from engine.people import refuse_inside_a_run
from engine.standing import every_standing
from tui.cli import out
from tui.cli.failing import REFUSED
from tui.cli.fork import as_fields, show_verdicts
from tui.cli.reach import Reach, pass_reach
from tui.cli.steer import run_argument, tell


@click.command()
@run_argument
@click.option("--preview", is_flag=True, help="Say what it would do, and stop.")
@out.json_option
@pass_reach
def adopt(reach: Reach, run_id: str, preview: bool, as_json: bool) -> None:
    """Let RUN go on by the newest version of its workflow, where that is safe.

    What has been done stays done, and an open gate asks what it has asked. Refused,
    with the step, where the new version lacks or passes over what the run needs.
    """
    if not preview:
        refuse_inside_a_run()
    reach.only_looks = preview
    desk = reach.scanned_desk()
    run = desk.resolve_run(run_id)
    if preview:
        show_adoption(desk.adoption(run), as_json)
        return
    desk.adopt(run)
    tell(reach, run, as_json)


def show_adoption(found: Adoption, as_json: bool) -> None:
    if as_json:
        out.document(
            {
                "run": found.run,
                "version": found.closure.version,
                "breaks": [out.fields(each) for each in found.breaks],
                "steps": [as_fields(verdict) for verdict in found.verdicts],
            }
        )
        return
    show_verdicts(found.verdicts, as_json=False)
    for each in found.breaks:
        out.line(out.one_line(f"! would break at {each.path}: {each.why}"))


def require_failed(desk: Desk, run: str) -> None:
    """Refuse before anything is adopted what could not be retried after it."""
    status = desk.engine.load(run).status
    if status != "failed":
        raise CommandRefused(f"run {run} is {status}; only a failed one can be retried")


def check_runs(reach: Reach, as_json: bool) -> int:
    """Print where each run in flight stands; 1 when one would break or is damaged."""
    desk = reach.scanned_desk()
    found = list(every_standing(desk.engine))
    if as_json:
        out.document(
            [
                {**out.fields(s), "breaks": [out.fields(b) for b in s.breaks]}
                for s in found
            ]
        )
    for each in [] if as_json else found:
        out.line(out.one_line(str(each)))
    if not found and not as_json:
        out.line("no run is in flight")
    return REFUSED if any(s.breaks or s.error for s in found) else 0
