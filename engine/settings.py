"""What every table of weir.toml has in common: known keys, and words for all else."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Annotated, Any, NamedTuple, get_args, get_origin

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import fields

AtLeastOne = Annotated[int, Meta(ge=1)]

Path = tuple[str | int, ...]
UNKNOWN = "unknown key"


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of weir.toml."""


class Fault(NamedTuple):
    """What is wrong at a key, and what would be right where that can be told."""

    path: Path
    message: str
    hint: str = ""


def faults_in(value: object, kind: Any, path: Path = ()) -> list[Fault]:
    """All that keeps a value from being of a kind; msgspec tells the first alone.

    What a table is as a whole is looked at when all in it is right.
    """
    inside = [*_inside(value, _given(kind), path)]
    if inside:
        return inside
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return [_fault(str(error), path)]
    return []


def _inside(value: object, kind: Any, path: Path) -> Iterator[Fault]:
    if isinstance(value, Mapping) and isinstance(kind, type(Settings)):
        known = {field.encode_name: field.type for field in fields(kind)}
        for key, item in value.items():
            if key in known:
                yield from faults_in(item, known[key], (*path, key))
            else:
                yield _unknown((*path, key), [*known])
    elif isinstance(value, Mapping) and get_origin(kind) is dict:
        for key, item in value.items():
            yield from faults_in(item, get_args(kind)[1], (*path, key))
    elif isinstance(value, list) and get_origin(kind) is tuple:
        for number, item in enumerate(value):
            yield from faults_in(item, get_args(kind)[0], (*path, number))


def _given(kind: Any) -> Any:
    """What a kind is where a value is given: that of `X | None` is X."""
    return get_args(kind)[0] if NoneType in get_args(kind) else kind


def misplaced(fault: Fault, whole: Any) -> Fault:
    """As it is, or saying where in a file a key of the whole file belongs.

    In TOML whatever stands below a `[table]` is of that table.
    """
    *table, key = fault.path
    known = key in {field.encode_name for field in fields(whole)}
    if not table or not known or not fault.message.startswith(UNKNOWN):
        return fault
    return fault._replace(hint=f"`{key}` belongs above the first [table] of the file")


def _unknown(path: Path, known: list[str]) -> Fault:
    near = difflib.get_close_matches(str(path[-1]), known, 1)
    right = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    return Fault(path, f"{UNKNOWN} {dotted(path)}", right)


def _fault(message: str, path: Path) -> Fault:
    """``Expected `int`, got `str` - at `$[0]` `` with the key in front."""
    said, _, place = message.partition(" - at `$")
    said = said.replace("`", "")
    where = dotted(path) + place.removesuffix("`")
    return Fault(path, f"{where}: {said[:1].lower()}{said[1:]}".removeprefix(": "))


def dotted(path: Path) -> str:
    """`notify.rules[0].to`"""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")
