"""`weir list`, `graph` and `schema`: what definitions there are and what they say."""

from __future__ import annotations

from collections.abc import Callable

import click

from engine.about import ways_of
from engine.closure import closure
from engine.counted import counted
from engine.definition.graph import compile_graph, edges, mermaid, text
from engine.definition.model import Variants
from engine.definition.schema import schema as schema_of
from engine.definition.words import among
from engine.trying.shapes import schema_of_tests
from store import definitions
from store.database import Database
from store.records import DefinitionRecord, ProblemRecord
from tui.cli import out
from tui.cli.known import WORKFLOW
from tui.cli.reach import Reach, pass_looking
from tui.text import show

KINDS = {
    "workflows": "workflow",
    "steps": "step",
    "artifacts": "artifact",
    "agents": "agent",
    "sources": "source",
}
HEADERS = ("KIND", "NAME", "STATE", "FILE", "USED BY", "TITLE")


@click.command("list")
@click.argument("what", type=click.Choice([*KINDS]), required=False)
@out.json_option
@pass_looking
def list_(reach: Reach, what: str | None, as_json: bool) -> None:
    """List definitions: all of them, or one kind."""
    database = reach.scanned_desk().database
    wanted = KINDS[what] if what else None
    found = [d for d in definitions.every(database) if wanted in (None, d.kind)]
    problems = definitions.problems(database)
    used = {each: users(database, each) for each in found}
    if as_json:
        by = {f"{each.kind}/{each.name}": names for each, names in used.items()}
        out.document({"definitions": found, "used_by": by, "problems": problems})
        return
    if found:
        rows = [row(each, used[each]) for each in sorted(found, key=order)]
        out.table(HEADERS, rows)
    else:
        out.line(f"no {what or 'definitions'} in workflows/; `weir init` writes some")
    tell_problems(problems)


def users(database: Database, record: DefinitionRecord) -> list[str]:
    """The names of the definitions whose text in force uses this one."""
    found = definitions.uses(database, f"{record.kind}/{record.name}")
    return sorted({each.name for each in found})


def order(record: DefinitionRecord) -> tuple[int, str]:
    return [*KINDS.values()].index(record.kind), record.name


def row(record: DefinitionRecord, used_by: list[str]) -> list[str]:
    return [
        record.kind,
        out.one_line(record.name),
        state(record),
        out.one_line(record.path),
        out.one_line(among(used_by, 3)),
        out.one_line(record.title),
    ]


def state(record: DefinitionRecord) -> str:
    """Whether it can be used, in a word."""
    if record.missing:
        return out.paint("- missing", "yellow")
    if record.problems and record.version:
        return out.paint("! last good version", "yellow")
    if record.problems:
        return out.paint("✗ broken", "red")
    return out.paint("✓ good", "green")


def tell_problems(problems: list[ProblemRecord]) -> None:
    if problems:
        many = counted(len(problems), "problem")
        out.line(f"{many}; `weir check` tells them", err=True)


@click.command()
@click.argument("name", type=WORKFLOW)
@click.option("--mermaid", "as_mermaid", is_flag=True, help="For a page that draws it.")
@out.json_option
@pass_looking
def graph(reach: Reach, name: str, as_mermaid: bool, as_json: bool) -> None:
    """Draw the steps of a workflow and the ways between them."""
    workflow = closure(reach.scanned_desk().engine, name).workflow
    if workflow.variants is not None:
        show_variants(name, workflow.variants, as_json)
        return
    compiled = compile_graph(workflow)
    if as_json:
        ways = edges(compiled, workflow)
        out.document(
            {
                "workflow": name,
                "first": compiled.first,
                "steps": [{"id": s.id, "kind": s.kind} for s in workflow.steps],
                "edges": [out.fields(edge) for edge in ways],
            }
        )
        return
    draw: Callable[..., str] = mermaid if as_mermaid else text
    out.block(draw(compiled, workflow))


def show_variants(name: str, variants: Variants, as_json: bool) -> None:
    """Which workflows a name leads to; each has a graph of its own."""
    if as_json:
        out.document({"workflow": name, "variants": out.fields(variants)})
        return
    for way in ways_of(variants):
        out.line(show(way))


@click.command()
@click.argument("kind", type=click.Choice([*KINDS.values(), "test"]), required=False)
@out.json_option
def schema(kind: str | None, as_json: bool) -> None:
    """Print the JSON Schema of a kind of definition, or of all of them; or of tests."""
    # It is JSON with and without --json.
    out.document(schema_of_tests() if kind == "test" else schema_of(kind))
