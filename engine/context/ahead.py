"""Whether what is put off will be there, as far as that shows without looking it up.

A run is not to find out in its middle, when much has been paid for, that a file of a
later step is not there. What a source reads of context that is put off itself can't be
known yet, nor what a program or a server will answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from engine.context import database
from engine.context.build import (
    Json,
    Scope,
    behind,
    fact,
    need,
    of_name,
    only_database,
)
from engine.context.found import Absent, Surroundings, Unavailable
from engine.context.lookup import lookup
from engine.definition.model import ContextSource, Source, Workflow
from engine.definition.render import render
from engine.definition.template_values import ABSENT
from engine.files import FileMissing, FileRefused, safe_path
from engine.machine.needing import meets, read_by_source
from engine.workspace import Workspace


async def look_ahead(
    workflow: Workflow,
    later: Iterable[str],
    scope: Mapping[str, Json],
    around: Surroundings,
    given: Mapping[str, Json] = {},
) -> None:
    """Look whether the sources of these names are there. Raises as `build` does.

    `scope` has what was found already; what is `given` needs no source.
    """
    names = [*later]
    for name in names:
        source = workflow.context[name]
        known = lookup(given, name.split(".")) not in (ABSENT, None)
        if known or source.optional or reads_any(workflow, source, names):
            continue
        with of_name(name, source, dict(scope)):
            await asyncio.to_thread(see, source, dict(scope), around, workflow.sources)


def reads_any(workflow: Workflow, source: ContextSource, names: Iterable[str]) -> bool:
    """Whether a source reads something of these names of the context."""
    reads = [*read_by_source(workflow, source)]
    return any(meets(tuple(n.split(".")), read) for n in names for read in reads)


def see(
    source: ContextSource,
    scope: Scope,
    around: Surroundings,
    sources: Mapping[str, Source],
    depth: int = 0,
) -> None:
    """Raise Absent or Unavailable where a source can't have the value."""
    need(scope, source)
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
