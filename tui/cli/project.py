"""`weir project`: names that runs are gathered under."""

from __future__ import annotations

import difflib
import re

import click
import msgspec

from engine.acts import act
from engine.errors import NotFound
from engine.projects import NAME, SAID, open_project
from store import projects
from store.database import Database
from store.records import ProjectRecord
from tui.cli import out
from tui.cli.known import PROJECT
from tui.cli.pairs import pairs
from tui.cli.reach import Reach, pass_looking, pass_reach
from tui.words.times import now

FACT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


@click.group()
def project() -> None:
    """List, make, describe, rename or archive projects."""


@project.command("list")
@click.option("--all", "archived", is_flag=True, help="Archived ones as well.")
@out.json_option
@pass_looking
def list_(reach: Reach, archived: bool, as_json: bool) -> None:
    """List projects."""
    found = projects.every(reach.database(), archived=archived)
    if as_json:
        out.document(found)
    elif not found:
        out.line(f"no projects; {reach.command('project new NAME')} makes one")
    else:
        out.table(("PROJECT", "", "TITLE"), map(row, found))


def row(record: ProjectRecord) -> list[str]:
    put_away = "archived" if record.archived else ""
    return [out.one_line(record.name), put_away, out.one_line(record.title)]


@project.command()
@click.argument("name")
@click.option("--title", default="", metavar="TEXT")
@out.json_option
@pass_reach
def new(reach: Reach, name: str, title: str, as_json: bool) -> None:
    """Make a project, or take one out of the archive."""
    if not NAME.fullmatch(name):
        raise click.UsageError(f"project {name!r} is not {SAID}")
    database = reach.database()
    open_project(database, reach.who(), name, title, now())
    tell(database, name, as_json)


@project.command()
@click.argument("name", type=PROJECT)
@click.argument("title")
@out.json_option
@pass_reach
def rename(reach: Reach, name: str, title: str, as_json: bool) -> None:
    """Give a project another title; its name and its runs stay."""
    database = reach.database()
    before = require_project(database, name)
    details = {"name": name, "title": title, "before": before.title}
    said = act(reach.who(), "project", f"renamed project {name}", now(), details)
    projects.rename(database, name, title, act=said)
    tell(database, name, as_json)


@project.command("set")
@click.argument("name", type=PROJECT)
@click.argument("facts", nargs=-1, required=True, metavar="KEY=VALUE...")
@out.json_option
@pass_reach
def set_(reach: Reach, name: str, facts: tuple[str, ...], as_json: bool) -> None:
    """Say what is known of a project: contract_end=2027-03-01. KEY= forgets it.

    Triggers read it as `project.facts.KEY`.
    """
    database = reach.database()
    before = msgspec.json.decode(require_project(database, name).facts)
    given = pairs(facts, "the fact")
    for key in given:
        if not FACT.fullmatch(key):
            raise click.UsageError(f"{key!r} is not a letter, then letters, digits, _")
    after = {k: v for k, v in {**before, **given}.items() if v}
    details = {"name": name, "facts": after, "before": before}
    said = act(reach.who(), "project", f"set facts of {name}", now(), details)
    projects.set_facts(database, name, msgspec.json.encode(after), said)
    show_facts(require_project(database, name), as_json)


@project.command("show")
@click.argument("name", type=PROJECT)
@out.json_option
@pass_looking
def show_(reach: Reach, name: str, as_json: bool) -> None:
    """Show a project and what is known of it."""
    show_facts(require_project(reach.database(), name), as_json)


def show_facts(record: ProjectRecord, as_json: bool) -> None:
    if as_json:
        out.document(record)
        return
    put_away = ", archived" if record.archived else ""
    title = f": {out.one_line(record.title)}" if record.title else ""
    out.line(f"{out.one_line(record.name)}{title}{put_away}")
    for key, value in msgspec.json.decode(record.facts).items():
        out.line(f"{out.one_line(key)} = {out.one_line(str(value))}")


@project.command()
@click.argument("name", type=PROJECT)
@out.json_option
@pass_reach
def archive(reach: Reach, name: str, as_json: bool) -> None:
    """Put a project away; its runs stay."""
    database = reach.database()
    require_project(database, name)
    said = act(
        reach.who(), "project", f"archived project {name}", now(), {"name": name}
    )
    projects.archive(database, name, act=said)
    tell(database, name, as_json)


def require_project(database: Database, name: str) -> ProjectRecord:
    """The project of that name. Raises NotFound with the nearest one."""
    found = projects.get(database, name)
    if found is not None:
        return found
    known = [each.name for each in projects.every(database, archived=True)]
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"`weir project new {name}` makes it"
    raise NotFound(f"no project {name!r}; {hint}")


def tell(database: Database, name: str, as_json: bool) -> None:
    record = require_project(database, name)
    if as_json:
        out.document(record)
    else:
        out.line(f"project {name} is {'archived' if record.archived else 'open'}")
