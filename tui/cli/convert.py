"""`weir convert`: definitions made of what other programs have."""

from __future__ import annotations

from pathlib import Path

import click

from engine.converting import langgraph, nodes
from engine.definition.check import check
from engine.definition.parse import parse
from engine.definition.words import as_name, is_name
from engine.errors import WeirError
from tui.cli import out
from tui.cli.artifact import write_new
from tui.cli.reach import Reach, pass_looking


@click.group()
def convert() -> None:
    """Make a definition of what another program has."""


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
    name = name or as_name(graph)
    if not is_name(name):
        raise click.UsageError(
            f"{name!r} is no name for a workflow; say another --name"
        )
    found = langgraph.graph_at(workspace, target)
    text = langgraph.definition_of(found, target, name)
    require_sound(text, name)
    if prints:
        out.block(text.removesuffix("\n"))
        return
    definition = workspace.definitions / f"{name}.yaml"
    definition.parent.mkdir(exist_ok=True)
    write_new(definition, text.encode(), " with --name")
    steps = workspace.root / f"{langgraph.MODULE}.py"
    if not steps.exists():
        write_new(steps, Path(nodes.__file__).read_bytes())
    for path in (definition, steps):
        out.line(f"wrote {out.one_line(path.relative_to(workspace.root).as_posix())}")
    words = f"run {name} -i 'state={{…}}'"
    out.line(
        f"look at it, then `{reach.command('trust')}` and `{reach.command(words)}`"
    )


def require_sound(text: str, name: str) -> None:
    """Raise WeirError for a definition of ours that has problems."""
    parsed = parse(text, f"{name}.yaml")
    for problem in [*parsed.problems, *(check(parsed, {}) if parsed.draft else ())]:
        raise WeirError(f"what was made of the graph is not right: {problem}")
