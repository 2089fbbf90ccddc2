"""What a person gives of what a run lacks, as it was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from engine.definition.fields import accept
from engine.definition.model import Workflow
from engine.errors import InvalidValues
from engine.machine.fitting import read_as_said, said_of, unfit_in
from engine.machine.putting import value_at
from engine.machine.state import RunState
from engine.meant import typed_like

Json = Any


def filling(
    workflow: Workflow, state: RunState, said: Mapping[str, Json]
) -> dict[str, Json]:
    """The values that are meant: as the workflow says of them, else JSON, or a text.

    Raises InvalidValues for one that does not fit what it says.
    """
    known = {name: said_of(workflow, name) for name in said}
    fields = {name: replace(f, required=True) for name, f in known.items() if f}
    typed = {name: said[name] for name in fields}
    values = accept(fields, typed, text=True, noun="value")
    meant = {
        name: typed_like(value_at(state.context, name), value)
        if isinstance(value, str)
        else value
        for name, value in said.items()
    } | values
    read = {n: read_as_said(workflow, n, value) for n, value in meant.items()}
    if wrong := [*dict.fromkeys(unfit_in(workflow, read))]:
        raise InvalidValues(wrong)
    return read
