"""The steps of a workflow as often as they would be done: once for each item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definition.model import ForEach, Step, lists_in
from engine.definition.render import evaluate
from engine.errors import TemplateError
from engine.machine.arms import turns_through
from engine.machine.places import RUN, TURNS, arm_scope
from engine.machine.scope import of_turn

Json = Any
Scope = dict[str, Json]


def unrolled(
    steps: tuple[Step, ...], names: Scope, at: str = RUN, *, looped: bool = False
) -> Iterator[tuple[str, Step, Scope]]:
    """Each step with what it is called and what it reads, those inside of it behind it.

    It is called by its id; inside of a loop by its place. A loop of which nobody can
    tell what it goes through has its steps once, without an item.
    """
    for step in steps:
        yield at + step.id if looped else step.id, step, names
        for arm, inner, read in arms_of(step, names):
            inside = arm_scope(at + step.id, arm)
            deeper = looped or (isinstance(step.do, ForEach) and bool(arm))
            yield from unrolled(inner, read, inside, looped=deeper)


def arms_of(step: Step, names: Scope) -> Iterator[tuple[str, tuple[Step, ...], Scope]]:
    """The lists of steps in a step, each with the name of its arm and what it reads."""
    if isinstance(step.do, ForEach):
        for arm, item in items_of(step.do, names):
            yield arm, step.do.steps, {**names, **item}
        return
    for arm, inner in lists_in(step).items():
        yield arm or TURNS, inner, names


def items_of(loop: ForEach, names: Scope) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """What each turn of a loop reads besides; where that can't be told, one nothing."""
    try:
        arms = turns_through(loop, evaluate(loop.items, names), names)
    except TemplateError:
        yield "", {}
        return
    for number, arm in enumerate(arms, 1):
        yield arm.key, of_turn(loop, arm.key, arm.value, number, len(arms))
