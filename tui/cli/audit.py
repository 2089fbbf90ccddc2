"""`weir audit`: what people did here, who they were, and from where."""

from __future__ import annotations

import click

from engine.audit import Done, audit
from tui.cli import out
from tui.cli.known import RUN
from tui.cli.reach import Reach, pass_looking
from tui.cli.since import Since
from tui.cli.telling import tell
from tui.words.telling import whence
from tui.words.times import moment

HEADERS = ("WHEN", "WHO", "FROM", "RUN", "WHAT")


@click.command("audit")
@click.option("--run", "run_id", type=RUN, help="Only acts on this run.")
@click.option("--person", metavar="NAME", help="Only what this person did.")
@click.option("--since", type=Since(), help="Only since then: 2h, 3d, a date.")
@out.json_option
@pass_looking
def audit_(
    reach: Reach,
    run_id: str | None,
    person: str | None,
    since: float | None,
    as_json: bool,
) -> None:
    """List every act of a person, the oldest first: in runs, and outside of them."""
    run = reach.run_looked_at(run_id) if run_id else None
    found = audit(reach.database(), run=run, person=person, since=since or 0.0)
    if as_json:
        out.document([out.fields(done) for done in found])
    elif not found:
        out.line(reach.nothing("nobody has done anything of the kind"))
    else:
        out.table(HEADERS, [row(done) for done in found])


def row(done: Done) -> list[str]:
    what = tell(done.event) if done.event else out.one_line(f"{done.kind}: {done.what}")
    return [
        moment(done.at),
        out.one_line(done.by.name),
        out.one_line(whence(done.by)),
        done.run,
        what,
    ]
