"""The shape of a context source: where a name that prompts read comes from."""

from __future__ import annotations

from typing import Any

from engine.definition.model import ContextSource
from engine.definition.shapes.basic import (
    Anything,
    Duration,
    Expression,
    Flag,
    Name,
    Shape,
    Text,
)
from engine.definition.shapes.compound import MapOf
from engine.definition.shapes.fields import IDENTIFIER
from engine.definition.shapes.mapping import Key, MappingOf
from engine.definition.shapes.work import URL
from engine.definition.spot import Spot

ORIGINS = ("sql", "file", "http", "shell", "expr", "project", "source")

KEPT = frozenset({"sql", "http", "shell"})  # what may be kept for a while

HEADER = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"

CONTEXT_NAME = rf"{IDENTIFIER}(\.{IDENTIFIER})*"

SOURCE_KEYS: dict[str, Key] = {
    "sql": Key(Text(), "A query. :name stands for the input of that name."),
    "database": Key(Text(), "Which database of weir.toml the query is for."),
    "one": Key(Flag(), "true: the query gives one row, and a list is not wanted."),
    "file": Key(Text(), "A file of the workspace: a template."),
    "http": Key(URL, "An address whose JSON is the value: a template."),
    "headers": Key(
        MapOf(Text(), "a mapping of names to texts", HEADER, "the name of a header"),
        "Headers of the request: templates, which may read secrets.",
    ),
    "shell": Key(Text(), "A command whose output is the value: a template."),
    "expr": Key(Expression(), "An expression over what stands above it."),
    "project": Key(Name("a fact"), "What is known of the run's project by this name."),
    "optional": Key(Flag(), "true: it may be missing."),
    "ttl": Key(Duration(), "How long what was found may be used again, by any run."),
}
USE_KEYS: dict[str, Key] = {
    "source": Key(Name("the name of a source"), "A source by name."),
    "with": Key(
        MapOf(
            Anything(),
            "a mapping of inputs to values",
            IDENTIFIER,
            "a letter, then letters, digits and `_`",
        ),
        "What the source or the query is given.",
        into="with_",
    ),
}


def check_source(spot: Spot, values: dict[str, Any]) -> None:
    """Exactly one origin, and nothing that belongs to another."""
    origins = [name for name in spot.value if name in ORIGINS]
    if not origins:
        hint = f"add one of {', '.join(ORIGINS)}"
        spot.wrong("nothing says where this comes from", hint)
    for extra in origins[1:]:
        both = f"a name comes from one place; this has `{origins[0]}` and `{extra}`"
        spot.child(extra).wrong(both, "keep one of them", at_key=True)
    if "ttl" in spot.value and origins and not KEPT & set(origins):
        whose = f"`ttl` belongs to what is asked elsewhere: {', '.join(sorted(KEPT))}"
        spot.child("ttl").wrong(whose, "remove it", at_key=True)
    for name, of in (("database", "sql"), ("one", "sql"), ("headers", "http")):
        if name in spot.value and origins and of not in origins:
            hint = "remove it"
            spot.child(name).wrong(f"`{name}` belongs to `{of}`", hint, at_key=True)
    if "with" in spot.value and origins and not {"source", "sql"} & set(origins):
        whose = "`with` belongs to `source` and `sql`"
        spot.child("with").wrong(whose, "remove it", at_key=True)
    if "{{" in values.get("sql", ""):
        hint = "write :name, which is bound and can't be an injection"
        spot.child("sql").wrong("a query is not a template", hint)


CONTEXT_SOURCE = MappingOf(
    "a context source", ContextSource, SOURCE_KEYS | USE_KEYS, check_source
)

CONTEXT: Shape[dict[str, ContextSource]] = MapOf(
    CONTEXT_SOURCE,
    "a mapping of dotted names to where they come from",
    CONTEXT_NAME,
    "letters, digits and `_`, with dots between",
    instead=ContextSource,
)
