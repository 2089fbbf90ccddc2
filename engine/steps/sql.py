"""A step that asks a database of the workspace, or changes it."""

from __future__ import annotations

from engine.context import database
from engine.context.found import Absent, Unavailable
from engine.definition.kinds import Sql
from engine.definition.render import render_value
from engine.steps.output import declared
from engine.steps.work import Done, Json, Work, failed


async def perform(work: Work, do: Sql) -> Done:
    """Leaves `rows`, `row` (with `one`) or, of what was written, how many `changed`."""
    given = render_value(do.with_, work.scope)
    name = do.database or only_name(work)
    try:
        if do.write:
            changed = await database.change(work.workspace, name, do.query, given)
            return done(work, {"changed": changed})
        found = await database.query(work.workspace, name, do.query, given, do.one)
    except Absent as error:
        raise failed("missing", str(error)) from error
    except Unavailable as error:
        raise failed(error.kind, str(error), retryable=error.retryable) from error
    return done(work, {"row" if do.one else "rows": found.value})


def done(work: Work, left: Json) -> Done:
    fields = work.step.output
    return Done(declared(fields, left, "what the query gives") if fields else left)


def only_name(work: Work) -> str:
    """The database that is meant where none is named."""
    known = work.workspace.config.databases
    if len(known) != 1:
        has = ", ".join(known) or "none"
        raise failed("missing", f"say which `database` of weir.toml is meant: {has}")
    return next(iter(known))
