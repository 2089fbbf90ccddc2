"""`weir search`: where words stand in runs, the newest first."""

from __future__ import annotations

import click

from engine import search
from engine.search import Hit
from store.database import Database
from tui.cli import out
from tui.cli.known import RUN
from tui.cli.reach import Reach, pass_looking

HEADERS = ("RUN", "WORKFLOW", "STEP", "WHERE", "TEXT")
# More than a runner leaves behind; after an upgrade it takes a few quiet minutes.
MOST = 2_000


@click.command("search")
@click.argument("text")
@click.option("--before", type=RUN, help="Only runs older than this one.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="Runs, each with up to five places.",
)
@out.json_option
@pass_looking
def search_(
    reach: Reach, text: str, before: str | None, limit: int, as_json: bool
) -> None:
    """Find runs with all the words of TEXT: in inputs, outputs, prompts and answers,
    documents, errors and comments. The last word may be the beginning of one."""
    database = reach.database()
    catch_up(database)
    found = search.search(database, text, limit, before)
    if as_json:
        out.document([out.fields(hit) for hit in found])
    elif not found:
        out.line(reach.nothing("no run has these words in it"))
    else:
        out.table(HEADERS, [row(hit) for hit in found])


def row(hit: Hit) -> list[str]:
    return [
        hit.run,
        out.one_line(hit.workflow),
        out.one_line(hit.step),
        out.one_line(hit.where),
        out.one_line(hit.snippet),
    ]


def catch_up(database: Database) -> None:
    """Index what has moved lately; say so when there is more than that."""
    if database.read_only or search.catch_up(database, MOST):
        return
    out.line(
        "some runs are not indexed yet: an idle runner goes on with it,"
        " `weir doctor --rebuild` does all at once",
        err=True,
    )
