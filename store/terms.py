"""What a list of runs is narrowed by: each term leaves out what the others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct
from peewee import SQL, fn

from store.index import found_in
from store.tables import Approval, Run

Value = str | float
NEVER = SQL("0")


class Term(Struct, frozen=True):
    """`values`: any of them will do. `no`: none of them may.

    A `word` is looked for wherever `holds` looks; `status` is one of its words;
    `workflow`, `project` and `by` are how their values begin, whatever the case. `by`
    is who began a run, or decided in it.
    """

    name: str
    values: tuple[Value, ...]
    no: bool = False


def holds(text: Value) -> Any:
    """Whether a run has a text in what lists show of it, or its words anywhere."""
    found: Any = found_in(Run.id, str(text))
    for column in (Run.id, Run.workflow, Run.title, Run.reason):
        found |= column.contains(text)
    return found


def _workflow(value: Value) -> Any:
    return Run.workflow.startswith(value) | Run.variant_of.startswith(value)


def _by(value: Value) -> Any:
    name = msgspec.json.encode(str(value)).decode().removesuffix('"')
    # Both lowered by the database: it knows other capitals than Python does.
    sought = fn.LOWER(f'"by":{{"name":{name}')
    said = fn.INSTR(fn.LOWER(Approval.decisions.cast("TEXT")), sought) > 0
    return Run.by.startswith(value) | Run.id.in_(
        Approval.select(Approval.run).where(said)
    )


CONDITIONS: dict[str, Callable[[Value], Any]] = {
    "word": holds,
    "status": lambda value: Run.status == value,
    "workflow": _workflow,
    "project": lambda value: Run.project.startswith(value),
    "by": _by,
    "since": lambda value: Run.started_at >= value,
    "until": lambda value: Run.started_at < value,
}


def condition(term: Term) -> Any:
    fits: Any = NEVER
    for value in term.values:
        fits |= CONDITIONS[term.name](value)
    return ~fits if term.no else fits


def narrowed(query: Any, terms: Iterable[Term]) -> Any:
    for term in terms:
        query = query.where(condition(term))
    return query
