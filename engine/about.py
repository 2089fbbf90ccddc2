"""All that is known of one definition: its texts, where it is used, who runs it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from engine.closure import closure
from engine.definition.graph import compile_graph, text
from engine.definition.model import StepTemplate, Variants, Workflow
from engine.errors import Unreadable, WeirError
from engine.files import FileRefused, safe_file
from engine.handle import Engine
from engine.importer import LIMIT
from engine.standing import IN_FLIGHT, Standing, standing_of
from store import definitions, runs
from store.records import DefinitionRecord, ProblemRecord, RunRecord, VersionRecord

MANY = 100  # runs in flight that are looked at, of each workflow
NO_VERSION = """It has no good version yet, so it has no graph.
Problems says what is wrong with the file, and opens it there."""
NO_STEPS = """It has no steps, and so no graph.
Uses tells what is made of it."""


class About(Struct, frozen=True):
    """`text` is the file's; where that is gone, or can't be read, the last that was
    good, with `trouble` saying why."""

    record: DefinitionRecord
    text: str
    trouble: str
    graph: str
    problems: tuple[ProblemRecord, ...]
    versions: tuple[VersionRecord, ...]  # the newest first
    users: tuple[str, ...]  # kind/name of each
    used: tuple[str, ...]


class InFlight(Struct, frozen=True):
    """A run that has not ended, and what the version in force would do to it."""

    run: RunRecord
    standing: Standing


def about(engine: Engine, known: DefinitionRecord) -> About:
    """What is known of it now, `known` being what was known of it before."""
    database = engine.database
    record = definitions.get(database, known.kind, known.name) or known
    problems = definitions.problems(database, record.path)
    versions = definitions.versions(database, record.kind, record.name)
    in_force = definitions.version(database, record.version)
    file, trouble = file_of(engine, record)
    good = in_force.text if in_force else ""
    users = definitions.uses(database, f"{record.kind}/{record.name}")
    return About(
        record,
        good if trouble else file,
        trouble,
        graph_of(engine, record),
        tuple(problems),
        tuple(versions),
        tuple(f"{each.kind}/{each.name}" for each in users),
        in_force.uses if in_force else (),
    )


def file_of(engine: Engine, record: DefinitionRecord) -> tuple[str, str]:
    """The text of its file, or why there is none."""
    try:
        data = safe_file(engine.workspace.root, record.path, LIMIT)
    except FileRefused as error:
        return "", str(error)
    return data.decode(errors="replace"), ""


def graph_of(engine: Engine, record: DefinitionRecord) -> str:
    """The version in force as lines: each step with the ways out of it."""
    if not record.version:
        return NO_VERSION
    try:
        if record.kind == "workflow":
            return graph_text(closure(engine, record.name).workflow)
        definition = engine.definition(record.version)
    except WeirError as error:
        return str(error)
    if isinstance(definition, StepTemplate):
        return graph_text(Workflow(definition.name, (definition.body,)))
    return NO_STEPS


def graph_text(workflow: Workflow) -> str:
    if workflow.variants is not None:
        return "\n".join(ways_of(workflow.variants))
    return text(compile_graph(workflow), workflow)


def ways_of(variants: Variants) -> Iterator[str]:
    """Which workflows a name leads to, and how often."""
    whole = sum(variants.use.values())
    for option, weight in variants.use.items():
        yield f"→ {option}  ({weight / whole:.0%} of {variants.by})"


def in_flight(engine: Engine, record: DefinitionRecord) -> list[InFlight]:
    """Runs that go by it, themselves or through what they use, the newest first."""
    key = f"{record.kind}/{record.name}"
    found = []
    for workflow in workflows_with(engine, key):
        page = runs.page(
            engine.database,
            status=IN_FLIGHT,
            workflow=workflow,
            inner=True,
            limit=MANY,
        )
        for row in page:
            if f"workflow/{workflow}" == key or may_use(engine, row.id, key):
                found.append(InFlight(row, standing_of(engine, row)))
    return sorted(found, key=lambda each: each.run.id, reverse=True)


def may_use(engine: Engine, run: str, key: str) -> bool:
    """Whether a run goes by a definition; one that can't be read may."""
    try:
        return key in engine.load(run).pins
    except Unreadable:
        return True


def workflows_with(engine: Engine, key: str) -> list[str]:
    """The workflows that use it, or what uses it, and itself where it is one."""
    known = {key}
    waiting = [key]
    while waiting:
        for user in definitions.uses(engine.database, waiting.pop()):
            name = f"{user.kind}/{user.name}"
            if name not in known:
                known.add(name)
                waiting.append(name)
    kinds = (each.partition("/") for each in sorted(known))
    return [name for kind, _, name in kinds if kind == "workflow"]
