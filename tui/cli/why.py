"""`weir why`: one sentence on what a run waits for."""

from __future__ import annotations

import click

from tui.cli import out
from tui.cli.known import RUN
from tui.cli.reach import Reach, pass_looking


@click.command()
@click.argument("run_id", type=RUN)
@out.json_option
@pass_looking
def why(reach: Reach, run_id: str, as_json: bool) -> None:
    """Say what a run waits for, since when, and who can move it."""
    desk = reach.desk()
    run = desk.resolve_run(run_id)
    sentence = desk.why(run)
    if as_json:
        out.document({"run": run, "why": sentence})
    else:
        out.line(out.one_line(sentence))
