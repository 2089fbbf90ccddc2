"""`weir new` and `weir add`: a workflow's file, and a step more in one."""

from __future__ import annotations

import sys

import click

from engine.errors import CommandRefused, InvalidValues, WeirError
from engine.people import refuse_inside_a_run
from engine.writing.adding import Addition, Place, Target, addition
from engine.writing.adding import add as write_step
from engine.writing.around import NO_DEFINITIONS, around
from engine.writing.choices import choice_of
from engine.writing.making import Made, Making, making
from engine.writing.making import write as write_workflow
from engine.writing.starters import starter_of
from tui.cli import out
from tui.cli.editor import diff_lines
from tui.cli.known import STEP, WORKFLOW
from tui.cli.pairs import pairs
from tui.cli.reach import Reach, at_a_terminal, pass_looking
from tui.drafting import has_editor, open_editor


@click.command()
@click.argument("name")
@click.option(
    "--from", "said", default="", metavar="STARTER", help="Blank if not said."
)
@click.option("--title", default="", metavar="TEXT", help="What people call it.")
@click.option("--no-edit", is_flag=True, help="Don't open it in $EDITOR.")
@out.json_option
@pass_looking
def new(
    reach: Reach, name: str, said: str, title: str, no_edit: bool, as_json: bool
) -> None:
    """Write the file of a new workflow; what is there is never overwritten.

    STARTER is a workflow of this workspace, one that Weir comes with, or an example of
    `weir init`. What it uses (agents, templates) is written too where it is not there.
    """
    refuse_inside_a_run(NO_DEFINITIONS)
    workspace = reach.workspace()
    there = around(workspace)
    starter = starter_of(there, said) if said else None
    found = making(workspace, there, name, title=title, starter=starter)
    made = write_workflow(workspace, found)
    if as_json:
        out.document({"workflow": found.path, **out.fields(made), **wrong(found)})
        return
    tell_made(reach, found, made)
    if at_a_terminal() and has_editor() and not no_edit:
        open_editor(workspace.root / found.path, found.place)


def wrong(found: Making) -> dict[str, object]:
    return {"problems": [out.fields(each) for each in found.problems]}


def tell_made(reach: Reach, found: Making, made: Made) -> None:
    for path in made.made:
        out.line(f"wrote {out.one_line(path)}")
    for path in made.kept:
        out.line(f"kept  {out.one_line(path)}, which was there")
    for problem in found.problems:
        out.line(out.one_line(str(problem)), err=True)
    if found.data:
        example = f"weir init FOLDER --example {found.data}"
        out.line(
            f"the example's data and settings are not brought: `{example}` has all"
        )
    then = reach.command("check" if found.problems else f"run {found.name}")
    out.line(f"go on in line {found.place.line} of {found.path}; then `{then}`")


@click.command()
@click.argument("workflow", type=WORKFLOW)
@click.argument("what")
@click.option(
    "--id", "own", default="", metavar="ID", help="The step's; as WHAT if not said."
)
@click.option("--after", default="", type=STEP, help="The last one if not said.")
@click.option("--before", default="", type=STEP)
@click.option("--with", "words", multiple=True, metavar="INPUT=VALUE")
@click.option("--preview", is_flag=True, help="Only show what would be written.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@out.json_option
@pass_looking
def add(
    reach: Reach,
    workflow: str,
    what: str,
    own: str,
    after: str,
    before: str,
    words: tuple[str, ...],
    preview: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Put a step into the file of WORKFLOW; all else in it stays byte for byte.

    WHAT is a step template, a workflow to start as a run of its own, or a kind of step
    such as `llm` or `approval`, whose words you replace. What would be wrong among the
    other definitions is not written.
    """
    if after and before:
        raise click.UsageError("say --after STEP or --before STEP, not both")
    given = pairs(words, "--with")
    if not preview:
        refuse_inside_a_run(NO_DEFINITIONS)
    workspace = reach.workspace()
    there = around(workspace)
    place = Place(after or before, bool(before)) if after or before else None
    target, choice = Target(there, workflow), choice_of(there, what)
    try:
        found = addition(workspace, target, choice, own=own, place=place, given=given)
    except InvalidValues as error:
        raise WeirError(f"{error}; --with INPUT=VALUE gives one") from error
    if not preview:
        confirm(found, yes=yes)
        write_step(workspace, found)
    tell_added(found, wrote=not preview, as_json=as_json)


def diff_of(found: Addition) -> list[str]:
    before, after = found.before.decode(), found.after.decode()
    return diff_lines(before, after, found.path)


def confirm(found: Addition, *, yes: bool) -> None:
    """Show what would be written, and ask; without a terminal `--yes` must say it."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandRefused(
            "a step is added at a terminal, or with --yes; --preview shows the change"
        )
    for line in diff_of(found):
        out.line(line, err=True)
    if not click.confirm(f"Write this into {found.path}?", default=False, err=True):
        raise CommandRefused(f"{found.path} stays as it is")


def tell_added(found: Addition, *, wrote: bool, as_json: bool) -> None:
    if as_json:
        before, after = found.before.decode(), found.after.decode()
        place = {"file": found.path, "line": found.line, "id": found.id}
        out.document({**place, "wrote": wrote, "before": before, "after": after})
    elif wrote:
        out.line(f"wrote step {found.id} into {out.one_line(found.path)}:{found.line}")
    else:
        for line in diff_of(found):
            out.line(line)
