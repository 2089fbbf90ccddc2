"""Whether what is put off will be there, as far as that shows before it is needed.

A run is not to find out in its middle, when much has been paid for, that something is
missing which a later step needs. Of each source it is seen whether there is anything to
ask: that a file is there, a fact, a database. What is sure to be needed after something
was paid for is tried: it is looked up as it will be, and what was found is thrown away,
since by then it may be otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping

from engine.context import database
from engine.context.build import (
    PERSON,
    Json,
    Left,
    Scope,
    as_required,
    behind,
    fact,
    find_named,
    need,
    of_name,
    only_database,
    parts_of,
    reads_any,
    with_parts,
)
from engine.context.found import (
    Absent,
    Found,
    Nowhere,
    Surroundings,
    Unavailable,
    of_value,
)
from engine.definition.model import ContextSource, Source, Workflow
from engine.definition.render import render
from engine.files import FileMissing, FileRefused, safe_path
from engine.machine.putting import value_at
from engine.workspace import Workspace


async def look_ahead(
    workflow: Workflow,
    later: Iterable[str],
    left: Left,
    around: Surroundings,
    given: Mapping[str, Json] = {},
    *,
    parts: Collection[str] = (),
    tried: Collection[str] = (),
) -> None:
    """Add to what was looked up what is missing of these names, and what was tried.

    What is `given` needs no source, but for the rest of that of which `parts` are.
    Raises Unavailable, as `look_up`, where something can't be asked as it stands.
    """
    for name in later:
        source = workflow.context[name]
        known = value_at(given, name)
        some = parts_of(name, parts)
        if known is not None and not some:
            left.knows(name, of_value(known, PERSON))
            continue
        if reads_any(workflow, source, left.unknown):
            left.lacks(name)
            continue
        found: Found | None = of_value(known, PERSON) if some else None
        try:
            if not source.optional and not some:
                with of_name(name, source, left.scope):
                    scope = {**left.scope}
                    await asyncio.to_thread(
                        see, source, scope, around, workflow.sources
                    )
            if name in tried:
                found = await tried_out(name, source, left, around, workflow)
        except Nowhere as error:
            if found is None:
                left.lacks(name, *error.gaps)
                continue
        if found is None or name not in tried:
            left.lacks(name)
        else:
            left.knows(name, with_parts(found, given, name, some))


async def tried_out(
    name: str,
    source: ContextSource,
    left: Left,
    around: Surroundings,
    workflow: Workflow,
) -> Found | None:
    """What would be found now; None where nobody can be asked now. Raises Nowhere.

    A server that is down may be up when it is needed: then the step that needs it has
    its `retry` and its `on_error`.
    """
    try:
        found = await find_named(name, source, left.scope, around, workflow)
        return as_required(found, name, workflow)
    except Nowhere:
        raise
    except Unavailable:
        return None


def see(
    source: ContextSource,
    scope: Scope,
    around: Surroundings,
    sources: Mapping[str, Source],
    depth: int = 0,
) -> None:
    """Raise Absent or Unavailable where a source can't have the value."""
    need(scope, source, around)
    if source.source is not None:
        body, inner = behind(source, scope, sources, depth)
        if not body.optional:
            see(body, inner, around, sources, depth + 1)
    elif source.file is not None:
        see_file(around.workspace, render(source.file, scope))
    elif source.project is not None:
        fact(scope, source.project)
    elif source.sql is not None:
        see_database(around.workspace, source.database or only_database(around))


def see_file(workspace: Workspace, relative: str) -> None:
    try:
        safe_path(workspace.root, relative)
    except FileMissing as error:
        raise Absent(str(error)) from error
    except FileRefused as error:
        raise Unavailable("missing", str(error)) from error


def see_database(workspace: Workspace, name: str) -> None:
    if database.server_of(workspace, name) is None:
        database.path_of(workspace, name)
