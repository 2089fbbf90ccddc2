"""`weir filters`: what a person has saved of what they type after `/`."""

from __future__ import annotations

import click

from engine.filters import INBOX, RUNS, named
from store import filters as stored
from store.filters import FilterRecord
from tui.cli import out
from tui.cli.known import PROJECT
from tui.cli.project import require_project
from tui.cli.reach import Reach, pass_looking, pass_reach

HEADERS = ("FILTER", "FOR", "PROJECT", "TEXT")

pane_option = click.option(
    "--for",
    "pane",
    type=click.Choice([RUNS, INBOX]),
    default=RUNS,
    show_default=True,
    help="Where it is for.",
)
project_option = click.option(
    "--project", default="", type=PROJECT, help="One of this project alone."
)


@click.group(invoke_without_command=True)
@out.json_option
@click.pass_context
@pass_looking
def filters(reach: Reach, ctx: click.Context, as_json: bool) -> None:
    """List your filters, save one, or delete one.

    TEXT is what `/` takes in the workbench: words, !words, and terms. Of runs these are
    status: workflow: project: by: since: until: date: cost:, of the inbox workflow:
    project: risk:.
    """
    if ctx.invoked_subcommand is not None:
        return
    found = stored.of_person(reach.database(), reach.who().name)
    if as_json:
        out.document(found)
    elif not found:
        out.line(f"no filters; {reach.command('filters save NAME TEXT')} keeps one")
    else:
        out.table(HEADERS, map(row, found))


def row(record: FilterRecord) -> list[str]:
    words = (record.name, record.pane, record.project, record.text)
    return [out.one_line(word) for word in words]


@filters.command()
@click.argument("name")
@click.argument("text")
@pane_option
@project_option
@out.json_option
@pass_reach
def save(
    reach: Reach, name: str, text: str, pane: str, project: str, as_json: bool
) -> None:
    """Keep TEXT under NAME, in the place of what was kept there."""
    if project:
        require_project(reach.database(), project)
    kept = reach.desk().save_filter(name, text, pane=pane, project=project)
    if as_json:
        out.document(kept)
    else:
        out.line(f"{out.one_line(kept.name)} is kept: {out.one_line(kept.text)}")


@filters.command()
@click.argument("name")
@pane_option
@project_option
@out.json_option
@pass_reach
def delete(reach: Reach, name: str, pane: str, project: str, as_json: bool) -> None:
    """Forget the filter NAME."""
    desk = reach.desk()
    found = named(desk.database, desk.who.name, name, pane, project)
    desk.delete_filter(found)
    if as_json:
        out.document(found)
    else:
        out.line(f"{out.one_line(found.name)} is forgotten")
