"""What definitions can touch: each command, host, secret, path and model in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from engine.definition.kinds import (
    Approval,
    Escalate,
    Fallback,
    Http,
    Llm,
    Python,
    Shell,
    Sql,
    Wait,
)
from engine.definition.model import Agent, ContextSource, Definition
from engine.definition.render import expression_names, is_template, names
from engine.errors import TemplateError


class Reach(Struct, frozen=True):
    """Each sorted and once. `secrets` are the environment variables that are read."""

    commands: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


def reach(found: Iterable[Definition]) -> Reach:
    """What these definitions can touch, also in steps that are seldom reached."""
    told: dict[str, set[str]] = {name: set() for name in Reach.__struct_fields__}
    for definition in found:
        for value in parts(definition):
            for what, which in touches(value):
                told[what].add(which)
    return Reach(**{what: tuple(sorted(which)) for what, which in told.items()})


def parts(value: Any) -> Iterator[Any]:
    """A value and all that is inside it, at any depth."""
    yield value
    if isinstance(value, Struct):
        inside: Iterable[Any] = [getattr(value, f) for f in value.__struct_fields__]
    elif isinstance(value, dict):
        inside = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple)):
        inside = value
    else:
        return
    for part in inside:
        yield from parts(part)


def touches(value: Any) -> Iterator[tuple[str, str]]:
    """What this one part touches by itself."""
    match value:
        case str():
            yield from (("secrets", name) for name in environment(value))
        case Shell(run=run, env=env, cwd=cwd):
            yield "commands", run if isinstance(run, str) else " ".join(run)
            yield from (("secrets", name) for name in env)
            if cwd:
                yield "paths", cwd
        case Http(url=url, redirects=redirects):
            yield "hosts", host_of(url)
            if redirects:
                yield "hosts", f"{host_of(url)}, and any it redirects to"
        case Python(call=call):
            yield "commands", f"python {call}"
        case Sql(query=query, database=database, write=write):
            how = "written" if write else "read"
            yield "paths", f"database {database or '(the only one)'}, {how}"
            if write:
                yield "commands", query
        case Wait(file=str(file)):
            yield "paths", file
        case Approval(notify=notify):
            yield from (("targets", name) for name in notify)
        case Escalate(to=to):
            yield from (("targets", name) for name in to)
        case ContextSource():
            yield from source(value)
        case (
            Llm(model=model, provider=provider)
            | Agent(model=model, provider=provider)
            | Fallback(agent=None, model=model, provider=provider)
        ):
            yield "models", "/".join(n for n in (provider, model) if n) or "the default"


def source(value: ContextSource) -> Iterator[tuple[str, str]]:
    if value.shell:
        yield "commands", value.shell
    if value.http:
        yield "hosts", host_of(value.http)
    if value.file:
        yield "paths", value.file
    if value.sql:
        yield "paths", f"database {value.database or '(the only one)'}"


def host_of(url: str) -> str:
    """The host, or the whole address when a template may name any."""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return url
    return host if host and not is_template(host) else url


def environment(text: str) -> list[str]:
    """The environment variables a text reads as `env.NAME`, or `env` for any."""
    if "env" not in text:
        return []
    try:
        read = names(text) if is_template(text) else expression_names(text)
    except TemplateError:
        return []
    return [path[1] if len(path) > 1 else "env" for path in read if path[0] == "env"]
