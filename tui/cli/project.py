"""`weir project`: names that runs are gathered under."""

from __future__ import annotations

import click

from store import projects
from tui.cli import out
from tui.cli.reach import Reach, pass_reach


@click.group()
def project() -> None:
    """List, make or archive projects."""


@project.command("list")
@click.option("--all", "everything", is_flag=True, help="Archived ones as well.")
@out.json_option
@pass_reach
def list_(reach: Reach, everything: bool, as_json: bool) -> None:
    """List projects."""
    found = [p for p in projects.every(reach.database()) if everything or not p.archived]
    if as_json:
        out.document(found)
    elif not found:
        out.line(f"no projects; {reach.command('project new NAME')} makes one")
    else:
        rows = [
            [out.one_line(p.name), "archived" if p.archived else "", out.one_line(p.title)]
            for p in found
        ]
        out.table(("PROJECT", "", "TITLE"), rows)


@project.command()
@click.argument("name")
@click.option("--title", default="", metavar="TEXT")
@out.json_option
@pass_reach
def new(reach: Reach, name: str, title: str, as_json: bool) -> None:
    """Make a project."""
    made = projects.create(reach.database(), name, title)
    if as_json:
        out.document(made)
    else:
        out.line(f"project {out.one_line(name)} is there")


@project.command()
@click.argument("name")
@out.json_option
@pass_reach
def archive(reach: Reach, name: str, as_json: bool) -> None:
    """Put a project away; its runs stay."""
    put_away = projects.archive(reach.database(), name)
    if as_json:
        out.document(put_away)
    else:
        out.line(f"project {out.one_line(name)} is archived")
