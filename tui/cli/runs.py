"""`weir runs`: the runs of a workspace, newest first."""

from __future__ import annotations

from functools import partial

import click

from engine.filters import RUNS, named
from engine.finding import page
from engine.machine.state import RunStatus
from engine.sought import sought
from engine.spans import age
from store import runs as stored
from store.records import RunRecord
from tui.cli import out
from tui.cli.known import PROJECT, RUN, WORKFLOW
from tui.cli.reach import Reach, pass_looking
from tui.cli.search import catch_up
from tui.cli.since import Since
from tui.cli.standing import tell_standing
from tui.words.purposes import Purposes
from tui.words.times import now

# What gives room on a narrow terminal, the least needed first; an id never does.
YIELDS = ("TITLE", "BY", "AT STEP", "FOR", "WORKFLOW", "DONE")
HEADERS = (
    "RUN",
    "STATUS",
    "WORKFLOW",
    "FOR",
    "AT STEP",
    "DONE",
    "AGE",
    "BY",
    "TITLE",
)


@click.command()
@click.option(
    "--status",
    type=click.Choice([each.value for each in RunStatus]),
    help="Only these.",
)
@click.option("--workflow", type=WORKFLOW, help="Only runs of this workflow.")
@click.option("--project", type=PROJECT, help="Only runs in this project.")
@click.option(
    "--since", type=Since(), help="Only runs begun since then: 2h, 3d, a date."
)
@click.option("--all", "inner", is_flag=True, help="Also those that a run started.")
@click.option(
    "--search",
    metavar="TEXT",
    help="Only runs with these words in them; or terms, as `/` takes them.",
)
@click.option("--filter", "kept", metavar="NAME", help="Only what this filter leaves.")
@click.option("--deleted", is_flag=True, help="Those that `weir prune` has hidden.")
@click.option("--before", type=RUN, help="Only runs older than this one.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=30, show_default=True)
@out.json_option
@pass_looking
def runs(
    reach: Reach,
    status: str | None,
    workflow: str | None,
    project: str | None,
    since: float | None,
    search: str | None,
    kept: str | None,
    inner: bool,
    deleted: bool,
    before: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List runs, newest first.

    TEXT may hold terms: status: workflow: project: by: since: until: date: cost:. A
    filter is such a text, kept by `weir filters save`, for its project alone.
    """
    database = reach.database()
    if kept is not None:
        mine = named(database, reach.who().name, kept, RUNS, project or "")
        search = f"{search or ''} {mine.text}"
        project = project or mine.project or None
    if search:
        catch_up(database)
    found = page(
        database,
        sought(search or "", now()),
        before=before,
        limit=limit + 1,  # one more tells that there are more
        read=partial(
            stored.page,
            database,
            status=status,
            workflow=workflow,
            project=project,
            since=since,
            variants=stored.has_variants(database, workflow),
            inner=inner,
            pruned=deleted,
        ),
    )
    if as_json:
        out.document(found[:limit])
    elif not found:
        out.line(f"no such runs; {reach.command('run WORKFLOW')} starts one")
    else:
        at, purposes = now(), Purposes(found[:limit])
        rows = [row(run, purposes.of(run, project or ""), at) for run in found[:limit]]
        out.table(HEADERS, rows, YIELDS)
        tell_standing(reach.workspace(), reach.database(), found[:limit])
        if len(found) > limit:
            older = f"runs --before {found[limit - 1].id}"
            out.line(f"older ones: {reach.command(older)}", err=True)


def row(run: RunRecord, purpose: str, at: float) -> list[str]:
    return [
        run.id,
        out.status(run.status),
        out.one_line(run.workflow),
        purpose,
        out.one_line(run.step),
        f"{run.done}/{run.total}",
        age(at - run.started_at),
        out.one_line(run.by),
        out.one_line(run.title),
    ]
