"""Two runs side by side: what differs is told, what is the same is counted."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from engine.differing.parts import Item, Read, items
from engine.differing.said import Difference
from engine.differing.side import Side, add_prompts, side_of
from engine.errors import NotFound
from engine.handle import Engine
from store.records import RunRecord

PARTS = ("run", "text", "inputs", "context", "route", "steps", "decisions", "artifacts")
OF_STEPS = ("route", "steps", "decisions", "artifacts")


class Compared(Struct, frozen=True):
    """`same` counts by part what is alike in both; what of it is 0 is left out.

    `whole` is False where there was more log than was read: of some prompts nothing is
    told then.
    """

    one: RunRecord
    other: RunRecord
    differences: tuple[Difference, ...]
    same: dict[str, int]
    whole: bool = True


def compare(
    engine: Engine, one: str, other: str, read: Read, step: str = ""
) -> Compared:
    """What differs between two runs, or between a step of both of them.

    `read` gives the words of a document. Raises NotFound.
    """
    sides = side_of(engine, one), side_of(engine, other)
    whole = add_prompts(engine, *sides)
    found = [*items(engine.database, *sides, read)]
    if step:
        found = of_step(found, step, sides)
    return Compared(
        sides[0].record,
        sides[1].record,
        tuple(each for item in found for each in item.differences),
        counted(found),
        whole,
    )


def of_step(found: Sequence[Item], step: str, sides: Sequence[Side]) -> list[Item]:
    """What is about a step: about each visit of it, or about the visit of a path."""
    visits = [visit for side in sides for visit in side.state.steps.values()]
    paths = {visit.path for visit in visits if step in (visit.path, visit.step)}
    if not paths:
        raise NotFound(f"no step {step!r} in either run; `weir show RUN` lists them")
    return [each for each in found if each.part in OF_STEPS and each.name in paths]


def counted(found: Sequence[Item]) -> dict[str, int]:
    same = [item.part for item in found if not item.differences]
    return {part: same.count(part) for part in PARTS if part in same}


def origin_of(engine: Engine, run: str) -> str:
    """The run that a fork comes from; "" for a run that is no fork."""
    fork = engine.load(run).fork
    return fork.run if fork else ""
