"""`weir doctor`: whether the store is sound, and its rows written anew."""

from __future__ import annotations

from collections.abc import Iterator

import click

from store import doctor as store_doctor
from store import events
from store.database import Database
from tui.cli import out
from tui.cli.failing import REFUSED
from tui.cli.reach import Reach, pass_reach

PAGE = 2000


@click.command()
@click.option(
    "--thorough", is_flag=True, help="Read every index and every large value."
)
@click.option("--rebuild", is_flag=True, help="Write all rows anew from the histories.")
@out.json_option
@click.pass_context
@pass_reach
def doctor(
    reach: Reach, ctx: click.Context, thorough: bool, rebuild: bool, as_json: bool
) -> None:
    """Check the store; exit 1 when something is wrong with it."""
    # Opened first, so that a rebuild and the look after it share one connection.
    database = reach.desk().database if rebuild else reach.database()
    rebuilt = rebuild_rows(reach, database) if rebuild else 0
    wrong = store_doctor.check(database, thorough=thorough)
    if as_json:
        report = {"path": str(database.path), "problems": wrong, "rebuilt": rebuilt}
        out.document(report)
    else:
        if rebuild:
            many = "1 run" if rebuilt == 1 else f"{rebuilt} runs"
            out.line(f"wrote the rows of {many} anew from their histories")
        for each in wrong:
            out.line(out.one_line(each))
        if not wrong:
            out.line(f"{out.one_line(str(database.path))} is sound")
    ctx.exit(REFUSED if wrong else 0)


def rebuild_rows(reach: Reach, database: Database) -> int:
    """Fold every history again; returns how many there are."""
    engine = reach.desk().engine
    found = set(runs_with_history(database))
    for run in sorted(found):
        engine.rebuild(run)
    return len(found)


def runs_with_history(database: Database) -> Iterator[str]:
    """The run of each event: a run whose row is lost has a history all the same."""
    position = 0
    while page := events.since(database, position, PAGE):
        yield from (event.run for event in page)
        position = page[-1].position
