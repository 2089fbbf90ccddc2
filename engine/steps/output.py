"""Holding what a step has made to the fields that its `output` declares."""

from __future__ import annotations

from typing import Any

from engine.definition.fields import accept
from engine.definition.typed import Fields
from engine.steps.work import failed

Json = Any


def declared(fields: Fields, value: Json, what: str) -> dict[str, Json]:
    """The value with its fields checked. `what` names it: `standard output`."""
    if not isinstance(value, dict):
        raise failed("output", f"{what} is not the object that `output` declares")
    return accept(fields, value, noun="output")
