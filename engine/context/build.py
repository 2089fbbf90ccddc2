"""Filling the context: each name from its source, in the order of the file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from engine.context.database import SCALARS, names_in, query
from engine.context.document import document
from engine.context.found import (
    Absent,
    Found,
    Gap,
    Nowhere,
    Surroundings,
    Unavailable,
    of_value,
)
from engine.context.lookup import join, lacking, lacking_for, lookup
from engine.context.request import answer_of, output_of
from engine.definition.fields import accept
from engine.definition.model import ContextSource, Source, Workflow
from engine.definition.render import (
    evaluate,
    expression_names,
    render,
    render_value,
)
from engine.definition.template_values import dotted
from engine.errors import InvalidValues, TemplateError
from engine.machine.fitting import read_as_said
from engine.machine.needing import meets, read_by_source
from engine.machine.putting import value_at, with_value

Json = Any
Scope = dict[str, Json]

DEEPEST = 5  # sources that name sources
PERSON = "a person"  # where a value is from that was given
# Of Unavailable: what the text of a definition asks amiss, whatever is there.
AMISS = ("template", "internal", "limit")


Judge = Callable[["Left", str], Iterable[Gap]]


def anything_fits(left: Left, name: str) -> Iterable[Gap]:
    return ()


class Left(Struct):
    """What was looked up, and what of it is missing.

    `values` are nested by their dots; `scope` is all that can be read now. `unknown`
    are the names that are missing, or made of what is, or not looked up yet. `known`
    has what was found for the others, by name; `failed` why some could not be asked.
    `judge(left, name)` tells what does not fit of what was found just now.
    """

    scope: Scope
    values: dict[str, Json] = {}
    provenance: dict[str, Json] = {}
    gaps: tuple[Gap, ...] = ()
    unknown: frozenset[str] = frozenset()
    known: dict[str, Found] = {}
    failed: dict[str, str] = {}
    judge: Judge = anything_fits

    def lacks(self, name: str, *gaps: Gap) -> None:
        self.unknown |= {name}
        self.gaps += gaps

    def knows(self, name: str, found: Found) -> None:
        self.known[name] = found
        put(self.scope, name, found.value)
        for gap in self.judge(self, name):
            self.lacks(gap.name, gap)


def without_gaps(left: Left) -> Left:
    """What was looked up. Raises Nowhere where something of it is missing."""
    if left.gaps:
        raise Nowhere(left.gaps)
    return left


def told(left: Left) -> dict[str, Json]:
    """What is kept of it in the run's history."""
    return {"values": left.values, "provenance": left.provenance}


async def look_up(
    workflow: Workflow,
    scope: Mapping[str, Json],
    around: Surroundings,
    now: float,
    given: Mapping[str, Json] = {},
    names: Collection[str] | None = None,
    parts: Collection[str] = (),
    *,
    judge: Judge = anything_fits,
    whole: bool = True,
) -> Left:
    """The values of a run's context, and where each is from; with `names` only these.

    A value that was found can be read by the sources after it; one that is `given`, by
    its dots, is not looked for. Of a value of which only `parts` were given, the rest
    is. Raises Unavailable with the name of the value in front; unless it is to be
    `whole`, what could not be asked is told among the rest.
    """
    left = Left({**scope}, judge=judge)
    for name, source in workflow.context.items():
        if names is not None and name not in names:
            continue
        if reads_any(workflow, source, left.unknown):
            left.lacks(name)
            continue
        known = value_at(given, name)
        some = parts_of(name, parts)
        kind, found = "given", of_value(known, PERSON)
        if some or known is None:
            try:
                found = await find_named(name, source, left.scope, around, workflow)
                kind = kind_of(source)
            except Nowhere as error:
                if known is None:
                    left.lacks(name, *error.gaps)
                    continue
            except Unavailable as error:
                if whole:
                    raise
                left.lacks(name)
                left.failed[name] = str(error).removeprefix(f"{name}: ")
                continue
        found = with_parts(as_required(found, name, workflow), given, name, some)
        left.knows(name, found)
        put(left.values, name, found.value)
        left.provenance[name] = about(kind, source, found, now)
    return left


def parts_of(name: str, names: Iterable[str]) -> list[str]:
    """Those that lead into a value, and are not all of it."""
    return [part for part in names if part.startswith(f"{name}.")]


def with_parts(
    found: Found, given: Mapping[str, Json], name: str, parts: Collection[str]
) -> Found:
    """What was found, with the parts of it that a person has given."""
    for part in parts:
        value, inner = value_at(given, part), part.removeprefix(f"{name}.")
        of = found.value if isinstance(found.value, dict) else {}
        found = replace(found, value=with_value(of, inner.split("."), value))
    if not parts or found.where == PERSON:
        return found
    return replace(found, where=f"{found.where}; {join([*parts])} from {PERSON}")


def as_required(found: Found, name: str, workflow: Workflow) -> Found:
    """What was found, with its texts read as what the steps require of them."""
    value = read_as_said(workflow, name, found.value)
    return found if value is found.value else replace(found, value=value)


def reads_any(workflow: Workflow, source: ContextSource, names: Iterable[str]) -> bool:
    """Whether a source reads something of these names of the context."""
    known = [tuple(name.split(".")) for name in names]
    if not known:
        return False
    reads = [*read_by_source(workflow, source)]
    return any(meets(name, read) for name in known for read in reads)


def about(
    kind: str, source: ContextSource, found: Found, now: float
) -> dict[str, Json]:
    """Where a value is from, for the run's history.

    `source` is one that was used by its name, of which the run has pinned a version.
    """
    told: dict[str, Json] = {
        "kind": kind,
        "where": found.where,
        "digest": found.digest,
        "at": now if found.at is None else found.at,
    }
    if kind == "source":
        told["source"] = source.source
    return {**told, "commit": found.commit} if found.commit else told


async def find_named(
    name: str,
    source: ContextSource,
    scope: Scope,
    around: Surroundings,
    workflow: Workflow,
) -> Found:
    with of_name(name, source, scope):
        return await find(source, scope, around, workflow.sources)


@contextmanager
def of_name(name: str, source: ContextSource, scope: Scope) -> Iterator[None]:
    """Whatever looking for a value may raise, told with its name in front."""
    try:
        yield
    except Absent as error:
        raise Nowhere([Gap(name, str(error), file_of(source, scope))]) from error
    except Unavailable as error:
        raise error.of(name) from error
    except TemplateError as error:
        raise Unavailable("template", f"{name}: {error}") from error
    except InvalidValues as error:
        raise Unavailable("missing", f"{name}: {error}") from error


async def find(
    source: ContextSource,
    scope: Scope,
    around: Surroundings,
    sources: Mapping[str, Source],
    depth: int = 0,
) -> Found:
    """One value from its source; none, and why, where an optional one can't have it.

    Raises Absent, Unavailable, and what templates do.
    """
    try:
        return await find_in(source, scope, around, sources, depth)
    except (Absent, Unavailable) as error:
        amiss = isinstance(error, Unavailable) and error.kind in AMISS
        if amiss or not source.optional:
            raise
        return of_value(None, str(error))


async def find_in(
    source: ContextSource,
    scope: Scope,
    around: Surroundings,
    sources: Mapping[str, Source],
    depth: int,
) -> Found:
    need(scope, source, around)
    if source.source is not None:
        body, inner = behind(source, scope, sources, depth)
        return await find(body, inner, around, sources, depth + 1)
    if source.sql is not None:
        given = render_value(source.with_, scope)
        values = scalars({**scope, **scope["inputs"], **given})
        bound = {name: v for name, v in values.items() if isinstance(v, SCALARS)}
        where = source.database or only_database(around)
        look = partial(query, around.workspace, where, source.sql, bound, source.one)
        read = {name: bound.get(name) for name in names_in(source.sql)}
        asked = ["sql", where, source.sql, read, source.one]
        return await for_a_while(around, source.ttl, asked, look)
    if source.file is not None:
        return await document(around.workspace, render(source.file, scope))
    if source.shell is not None:
        command = render(source.shell, scope)
        look = partial(output_of, around, command)
        return await for_a_while(around, source.ttl, ["shell", command], look)
    if source.http is not None:
        url = render(source.http, scope)
        headers = {name: render(text, scope) for name, text in source.headers.items()}
        look = partial(answer_of, around, url, headers)
        return await for_a_while(around, source.ttl, ["http", url, headers], look)
    if source.expr is not None:
        return of_value(computed(source.expr, scope), source.expr)
    if source.project is not None:
        return fact(scope, source.project)
    raise Unavailable(
        "internal", "says neither sql, file, http, shell, expr, project nor source"
    )


def computed(expression: str, scope: Scope) -> Json:
    """What an expression comes to. Raises Absent where it can't for a null it reads."""
    try:
        return evaluate(expression, scope)
    except TemplateError as error:
        names = expression_names(expression)
        nulls = [dotted(name) for name in names if lookup(scope, name) is None]
        if not nulls:
            raise
        verb = "are" if len(nulls) > 1 else "is"
        raise Absent(f"needs {join(sorted(nulls))}, which {verb} null") from error


def behind(
    source: ContextSource, scope: Scope, sources: Mapping[str, Source], depth: int
) -> tuple[ContextSource, Scope]:
    """What a source stands for that names another one, and what that one sees."""
    named = sources[source.source or ""]
    if depth == DEEPEST:
        raise Unavailable("limit", f"source {named.name}: too many name another")
    given = accept(named.inputs, render_value(source.with_, scope))
    return named.body, {**scope, "inputs": given}


async def for_a_while(
    around: Surroundings,
    ttl: float | None,
    asked: Json,
    look: Callable[[], Awaitable[Found]],
) -> Found:
    """What was found for the same question a little while ago, or is found now."""
    if ttl is None:
        return await look()
    kept = await asyncio.to_thread(around.kept.get, asked)
    if kept is not None:
        return kept
    found = await look()
    await asyncio.to_thread(around.kept.put, asked, found, ttl)
    return found


def fact(scope: Scope, name: str) -> Found:
    """What is known of the run's project. Raises Absent."""
    project = scope["project"]
    if not project["name"]:
        raise Absent("the run is in no project, of which anything could be known")
    whose = f"project {project['name']}"
    if name not in project.get("facts", {}):
        mend = f"`weir project set {project['name']} {name}=…` says it"
        raise Absent(f"{whose} has no fact `{name}`; {mend}")
    return of_value(project["facts"][name], whose)


def file_of(source: ContextSource, scope: Scope) -> dict[str, str]:
    """The file that would have the value, where one would; its name can be told."""
    try:
        return {render(source.file, scope): ""} if source.file else {}
    except TemplateError:
        return {}


def need(scope: Scope, source: ContextSource, around: Surroundings) -> None:
    """Raise Absent when the source's own text reads what isn't there.

    A secret is given by nobody at the inbox: without it the source is Unavailable.
    """
    text = [source.file or "", source.shell or "", source.http or "", source.with_]
    text += source.headers.values()
    missing = lacking(scope, text)
    if source.expr is not None:
        missing += lacking_for(scope, source.expr)
    for name in missing:
        root, _, secret = name.partition(".")
        if root == "secrets":
            why = around.why_no_secret(secret)
            raise Unavailable("missing", f"{name} is not there: {why}")
    if missing:
        verb = "are" if len(missing) > 1 else "is"
        raise Absent(f"needs {join(missing)}, which {verb} missing")


def only_database(around: Surroundings) -> str:
    databases = around.workspace.config.databases
    if len(databases) != 1:
        raise Unavailable("missing", "say which `database` of weir.toml to ask")
    return next(iter(databases))


def scalars(values: Mapping[str, Json]) -> dict[str, Json]:
    """What can be bound to a query; dates as ISO text."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def put(values: dict[str, Json], name: str, value: Json) -> None:
    """Set a dotted name, without changing a dict that someone else may hold."""
    first, _, rest = name.partition(".")
    if not rest:
        values[first] = value
        return
    inner = values.get(first)
    if inner is None:  # not there, or optional
        inner = {}
    if not isinstance(inner, Mapping):
        raise Unavailable(
            "template", f"{first} is not an object; {name} can't be in it"
        )
    values[first] = dict(inner)
    put(values[first], rest, value)


def kind_of(source: ContextSource) -> str:
    kinds = ("sql", "file", "http", "shell", "expr", "project", "source")
    return next(kind for kind in kinds if getattr(source, kind) is not None)
