"""The items of a matrix of GitHub Actions: what `strategy` says, multiplied out."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

from engine.converting.carried import LeftOut
from engine.definition.base import Json

Item = dict[str, Json]
MOST = 256  # jobs of a matrix, as GitHub has it


def items_of(value: Json) -> list[Item]:
    """Each combination, without those excluded, with what `include` adds.

    Raises LeftOut where they are known only when it runs.
    """
    if not isinstance(value, dict) or "${{" in str(value):
        raise LeftOut("has a matrix that is known when it runs")
    axes: dict[str, Any] = {
        name: values
        for name, values in value.items()
        if name not in ("include", "exclude")
    }
    if not all(isinstance(values, list) for values in axes.values()):
        raise LeftOut("has a matrix that can't be read")
    if (count := prod(len(values) for values in axes.values())) > MOST:
        raise LeftOut(f"has a matrix of {count} jobs; {MOST} are the most")
    found: list[Item] = [
        dict(zip(axes, values, strict=True)) for values in product(*axes.values())
    ]
    excluded, included = (entries(value.get(key)) for key in ("exclude", "include"))
    kept = [item for item in found if not any(fits(each, item) for each in excluded)]
    return with_included(kept if axes else [], included)


def fits(part: Item, item: Item) -> bool:
    return all(key in item and item[key] == value for key, value in part.items())


def with_included(items: list[Item], included: list[Item]) -> list[Item]:
    """As GitHub has it: what fits a combination is added to it, the rest stands alone.

    It fits where it changes no value that the combination began with.
    """
    found = [dict(item) for item in items]
    alone: list[Item] = []
    for extra in included:
        fitting = [
            after
            for before, after in zip(items, found, strict=True)
            if all(before.get(key, given) == given for key, given in extra.items())
        ]
        for item in fitting:
            item.update(extra)
        if not fitting:
            alone.append(extra)
    return [*found, *alone]


def entries(value: Json) -> list[Item]:
    listed = value if isinstance(value, list) else []
    return [each for each in listed if isinstance(each, dict)]


def whole(items: list[Item]) -> list[Item]:
    """Each with all names that any of them has: GitHub reads the others as empty."""
    empty: Item = {name: "" for item in items for name in item}
    return [empty | item for item in items]


def values_in(items: list[Item]) -> dict[str, list[Json]]:
    """What stands under each name, in items that have all of them."""
    names = items[0] if items else {}
    return {name: [item[name] for item in items] for name in names}
