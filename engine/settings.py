"""What every table of weir.toml has in common: known keys, and words for others."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import fields

AtLeastOne = Annotated[int, Meta(ge=1)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of weir.toml."""


def unknown_in(table: object, settings: type[Settings], prefix: str) -> Iterator[str]:
    """A line for each key that no table knows, with the nearest one that it does."""
    if not isinstance(table, Mapping):
        return  # what it is instead is told by the conversion
    known = [field.encode_name for field in fields(settings)]
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            right = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            yield f"unknown key {prefix}{key}; {right}"
