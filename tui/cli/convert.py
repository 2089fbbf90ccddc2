"""`weir convert`: definitions made of what other programs have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from engine.converting import actions, dagu, langgraph, nodes
from engine.converting.carried import Converted, Source
from engine.converting.writing import definition_text
from engine.definition.check import Known
from engine.definition.model import Definition
from engine.definition.words import as_name, is_name
from engine.errors import WeirError
from engine.files import new_file
from engine.workspace import Workspace
from engine.writing.around import Around, around
from engine.writing.making import making_of, write, wrong_name
from tui.cli import out
from tui.cli.reach import Reach, pass_looking


@click.group(subcommand_metavar="KIND FILE")
def convert() -> None:
    """Make a definition of what another program has; KIND says which one it is."""


@convert.command("langgraph")
@click.argument("target", metavar="MODULE:GRAPH")
@click.option("--name", default="", help="The workflow's; the graph's unless said.")
@click.option("--print", "prints", is_flag=True, help="Print it and write nothing.")
@pass_looking
def langgraph_(reach: Reach, target: str, name: str, prints: bool) -> None:
    """Write the workflow of a compiled LangGraph graph; its nodes are python steps.

    The graph is imported by the Python of the workspace, and stays where it is. Beside
    the workflow a module is written that calls its nodes. What a list of steps can't
    say is told, and nothing is written.
    """
    module, _, graph = target.partition(":")
    if not module or not graph:
        raise click.UsageError("name the graph as MODULE:GRAPH, such as app.flow:graph")
    workspace = reach.workspace()
    there = around(workspace)
    name = name_of(workspace, there, name, graph, prints=prints)
    found = langgraph.graph_at(workspace, target)
    text = langgraph.definition_of(found, target, name)
    put(workspace, there, name, text, prints=prints)
    if prints:
        return
    steps = f"{langgraph.MODULE}.py"
    if new_file(workspace.root, steps, Path(nodes.__file__).read_bytes()):
        out.line(f"wrote {steps}")
    say_what_next(reach, f"run {name} -i 'state={{…}}'")


Convert = Callable[[Source, str, Mapping[str, Definition], Known], Converted]

file_argument = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
name_option = click.option("--name", default="", help="The workflow's; the file's.")
print_option = click.option(
    "--print", "prints", is_flag=True, help="Print it and write nothing."
)


@convert.command("dagu")
@file_argument
@name_option
@print_option
@pass_looking
def dagu_(reach: Reach, file: Path, name: str, prints: bool) -> None:
    """Write the workflow of a Dagu file, where the meaning is the same.

    What is left out is told with its line, and stands in the new file as a comment.
    Nothing is executed.
    """
    carry(reach, file, name, dagu.converted, prints=prints)


@convert.command("actions")
@file_argument
@name_option
@print_option
@pass_looking
def actions_(reach: Reach, file: Path, name: str, prints: bool) -> None:
    """Write the workflow of a GitHub Actions file, where the meaning is the same.

    What is left out is told with its line, and stands in the new file as a comment.
    Nothing is executed and nothing fetched.
    """
    carry(reach, file, name, actions.converted, prints=prints)


def carry(
    reach: Reach, file: Path, name: str, convert: Convert, *, prints: bool
) -> None:
    workspace = reach.workspace()
    there = around(workspace)
    name = name_of(workspace, there, name, file.stem, prints=prints)
    source = Source(file.read_bytes(), str(file))
    made = convert(source, name, there.library, there.known)
    put(workspace, there, name, definition_text(made), prints=prints)
    for note in made.told():
        out.line(out.one_line(f"{file}:{note.line}: {note.words}"), err=True)
    if not prints:
        say_what_next(reach, f"run {name}")


def name_of(
    workspace: Workspace, there: Around, said: str, otherwise: str, *, prints: bool
) -> str:
    """The workflow's name, which has to be free where a file is written."""
    name = said or as_name(otherwise)
    if not is_name(name):
        raise click.UsageError(
            f"{name!r} is no name for a workflow; say another --name"
        )
    if not prints and (wrong := wrong_name(workspace, there, name)):
        raise WeirError(f"{wrong}; say another --name")
    return name


def put(
    workspace: Workspace, there: Around, name: str, text: str, *, prints: bool
) -> None:
    """Print a definition or write it. Raises WeirError for one that has problems."""
    found = making_of(workspace, there, name, text.encode())
    for problem in found.problems:
        raise WeirError(f"what was made of it is not right: {problem}")
    if prints:
        out.block(text.removesuffix("\n"))
        return
    for path in write(workspace, found).made:
        out.line(f"wrote {out.one_line(path)}")


def say_what_next(reach: Reach, command: str) -> None:
    trust, run = reach.command("trust"), reach.command(command)
    out.line(f"look at it, then `{trust}` and `{run}`")
