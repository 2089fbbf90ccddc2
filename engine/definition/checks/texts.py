"""Finding the templates, expressions and dotted names that a definition holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from engine.definition.base import Json
from engine.definition.kinds import (
    Approval,
    Artifact,
    Elsewhere,
    Fail,
    Http,
    Llm,
    Python,
    SetValues,
    Shell,
    Sql,
    Tool,
    Wait,
)
from engine.definition.marks import Path
from engine.definition.model import ContextSource, Do, ForEach, Step, kind_of

Kind = Literal["template", "expression", "name"]


class Text(Struct, frozen=True):
    """A text that reads names, and when it does so.

    `judges`: it decides where a run goes (`when`, `route`, `eligible`), so that it
    must mean the same on every machine. `after`: the step's own output is there.
    `hidden`: what is made of it is shown to nobody, so that it may read secrets.
    """

    path: Path
    source: str
    kind: Kind = "template"
    judges: bool = False
    after: bool = False
    hidden: bool = False


def of_work(step: Step, path: Path) -> Iterator[Text]:
    """What stands in what the step does."""
    yield from of_do(step.do, (*path, step.kind))


def of_do(do: Do, at: Path) -> Iterator[Text]:
    match do:
        case Llm(prompt=prompt, system=system, mock=mock):
            yield from some(at, prompt=prompt, system=system)
            yield from inside(mock, at, "mock")
        case Shell(run=run, env=env, stdin=stdin, cwd=cwd):
            yield from inside(list(run) if isinstance(run, tuple) else run, at, "run")
            yield from unseen(inside(env, at, "env"))
            yield from unseen(some(at, stdin=stdin))
            yield from some(at, cwd=cwd)
        case Http(url=url, headers=headers, json=json, body=body):
            yield from some(at, url=url)
            yield from unseen(some(at, body=body))
            yield from unseen(inside(headers, at, "headers"))
            yield from unseen(inside(json, at, "json"))
        case Artifact():
            yield from of_artifact(do, at)
        case Approval(title=title, text=text, show=show, complete=complete):
            yield from some(at, title=title, text=text)
            for number, name in enumerate(show):
                yield Text((*at, "show", number), name, "name")
            for number, name in enumerate(complete):
                yield Text((*at, "complete", number), name, "name")
        case SetValues(values=values):
            yield from inside(values, at)
        case Wait(until=str(until)):
            yield Text((*at, "until"), until, "expression")
        case Wait(file=str(file)):
            yield Text((*at, "file"), file)
        case Wait(decision=Elsewhere(run=run, step=step)):
            yield from some((*at, "decision"), run=run, step=step)
        case Fail(message=message):
            yield Text(at, message)
        case Sql(with_=given) | Python(with_=given):
            yield from inside(given, at, "with")
        case ForEach(items=items):
            yield Text((*at, "in"), items, "expression", judges=True)


def of_artifact(body: Artifact, at: Path) -> Iterator[Text]:
    yield from some(at, title=body.title, to=body.to)
    for number, name in enumerate(body.data):
        yield Text((*at, "data", number), name, "name")
    for number, section in enumerate(body.sections):
        place = (*at, "sections", number)
        yield from some(place, heading=section.heading, text=section.text)
        yield from inside(list(section.items), place, "items")
        if section.when is not None:
            yield Text((*place, "when"), section.when, "expression")


def of_requires(step: Step, path: Path) -> Iterator[Text]:
    for number, name in enumerate(step.requires):
        place = name if name in step.types else number
        yield Text((*path, "requires", place), name, "name")


def of_undo(step: Step, path: Path) -> Iterator[Text]:
    if step.undo is not None:
        for text in of_do(step.undo, (*path, "undo", kind_of(step.undo))):
            yield Text(
                text.path, text.source, text.kind, after=True, hidden=text.hidden
            )


def of_when(step: Step, path: Path) -> Iterator[Text]:
    if step.when is not None:
        yield Text((*path, "when"), step.when, "expression", judges=True)


def of_routes(step: Step, path: Path) -> Iterator[Text]:
    for number, route in enumerate(step.route):
        if route.when is not None:
            place = (*path, "route", number, "when")
            yield Text(place, route.when, "expression", judges=True, after=True)


def of_with(values: Json, path: Path) -> Iterator[Text]:
    yield from inside(values, path, "with")


def of_approve(tool: Tool, path: Path) -> Iterator[Text]:
    if tool.approve not in (None, "always", "never"):
        yield Text((*path, "approve"), str(tool.approve), "expression", judges=True)


def of_source(source: ContextSource, path: Path) -> Iterator[Text]:
    yield from some(path, file=source.file, http=source.http, shell=source.shell)
    yield from unseen(inside(source.headers, path, "headers"))
    if source.expr is not None:
        yield Text((*path, "expr"), source.expr, "expression")


def unseen(texts: Iterator[Text]) -> Iterator[Text]:
    for text in texts:
        yield Text(text.path, text.source, text.kind, hidden=True)


def some(at: Path, **texts: str | None) -> Iterator[Text]:
    for name, text in texts.items():
        if text:
            yield Text((*at, name), text)


def inside(value: Json, path: Path, *key: str) -> Iterator[Text]:
    """Every text in a value, each of which may be a template."""
    at = (*path, *key)
    match value:
        case str():
            yield Text(at, value)
        case dict():
            for name, item in value.items():
                yield from inside(item, (*at, name))
        case list():
            for number, item in enumerate(value):
                yield from inside(item, (*at, number))
