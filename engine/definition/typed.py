"""Typed values: what an input, an output or an item of a form may be."""

from __future__ import annotations

from typing import Literal

from engine.definition.base import Json, Model

FieldType = Literal[
    "string", "number", "integer", "boolean", "array", "object", "date", "text"
]


class Field(Model, frozen=True):
    """One typed value: an input, an output, an item of a form.

    `text` is a string of several lines; `date` is a string `YYYY-MM-DD`.
    A field is required unless it has a default or says `required: false`.
    """

    type: FieldType = "string"
    title: str = ""
    description: str = ""
    required: bool = True
    has_default: bool = False
    default: Json = None
    enum: tuple[Json, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    items: Field | None = None
    properties: dict[str, Field] = {}


Fields = dict[str, Field]
