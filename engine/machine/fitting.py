"""Whether a value of the context fits what steps say of it under `requires`.

A name may be said something of by several steps: a value has to fit all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.definition.fields import as_said, misfits
from engine.definition.model import Step, Workflow, all_steps
from engine.definition.typed import Field
from engine.machine.putting import is_within, value_at, with_value

Json = Any


def sayings(workflow: Workflow, name: str) -> Iterator[Field]:
    """What each step says of a name that says anything."""
    for step in all_steps(workflow):
        if name in step.types:
            yield step.types[name]


def said_of(workflow: Workflow, name: str) -> Field | None:
    """As the first of the steps has it."""
    return next(sayings(workflow, name), None)


def as_it_is(value: Json) -> Json:
    """Of what somebody has just given, or keeps already, nothing is hidden."""
    return value


def misfit(field: Field, value: Json, redact: Callable[[Json], Json] = as_it_is) -> str:
    """The end of a sentence about a value: `must be a number; got `abc``; "": it fits.

    It may have more in it than is said of an object: what a query finds has.
    """
    if not [*misfits(field, value, "", more=True)]:
        return ""
    told = " and ".join(misfits(field, redact(value), "", more=True))
    return told or "does not fit"  # a secret did not, of which nothing is told


def read_as_said(workflow: Workflow, name: str, value: Json) -> Json:
    """A value of the context, with the texts in it read as what the steps require.

    A CSV file, a program and some databases have numbers as texts; it is read as what
    a person types.
    """
    for each, field in said_within(workflow, name).items():
        if each == name:
            value = as_said(field, value)
            continue
        inner = each.removeprefix(f"{name}.")
        known = value_at(value, inner)
        if (read := as_said(field, known)) is not known:
            value = with_value(value, inner.split("."), read)
    return value


def read_for(step: Step, scope: dict[str, Json]) -> dict[str, Json]:
    """What a step may read, with the texts in it read as what the step requires.

    Of the context they have been already; items, inputs and outputs are the step's own.
    """
    for name, field in step.types.items():
        known = value_at(scope, name)
        if (read := as_said(field, known)) is not known:
            scope = with_value(scope, name.split("."), read)
    return scope


def lacks(workflow: Workflow, context: dict[str, Json], name: str) -> bool:
    """Whether a name has no value, or one that does not fit."""
    none = value_at(context, name) is None
    return none or bool(unfit_at(workflow, context, name))


def unfit_at(workflow: Workflow, context: dict[str, Json], name: str) -> str:
    """In what the value of a name does not fit what is said of it; "": it does."""
    value = value_at(context, name)
    if value is None:
        return ""
    wrong = (misfit(field, value) for field in sayings(workflow, name))
    return next((words for words in wrong if words), "")


def unfit_in(workflow: Workflow, values: Mapping[str, Json]) -> Iterator[str]:
    """What does not fit of values that are given, and of what stands in them."""
    for name, value in values.items():
        given = with_value({}, name.split("."), value)
        for each in said_within(workflow, name):
            if words := unfit_at(workflow, given, each):
                yield f"`{each}` {words}"


def said_within(workflow: Workflow, name: str) -> dict[str, Field]:
    """What is said first of a name and of those that lead into it."""
    found: dict[str, Field] = {}
    for step in all_steps(workflow):
        found = {**step.types, **found}
    return {said: field for said, field in found.items() if is_within(said, name)}
