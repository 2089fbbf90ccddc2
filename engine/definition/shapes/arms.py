"""The shapes of steps that hold steps: `parallel` and `for_each`."""

from __future__ import annotations

from typing import Any

from engine.definition.model import Branch, ForEach, Join, Parallel, Step
from engine.definition.render import is_template
from engine.definition.shapes.basic import (
    Expression,
    Matching,
    Name,
    OneOf,
    Schema,
    Shape,
    Text,
    Whole,
)
from engine.definition.shapes.compound import Either, ListOf, MapOf, Named
from engine.definition.shapes.fields import IDENTIFIER
from engine.definition.shapes.mapping import Key, Keys, MappingOf
from engine.definition.spot import Spot
from engine.definition.words import literal

MOST_STEPS = 1000  # in one branch or body
MOST_BRANCHES = 100
BRANCH_ID = r"[A-Za-z][A-Za-z0-9_-]*"


def a_step() -> Shape[Step]:
    from engine.definition.shapes.step import STEP  # it holds these shapes in turn

    return STEP


def a_stand_in() -> Step:
    from engine.definition.shapes.step import BROKEN

    return BROKEN


STEPS = ListOf(
    Named("step", "a step", a_step),
    "a list of steps",
    least=1,
    most=MOST_STEPS,
    instead=a_stand_in,
)
JOIN: Shape[Join] = Either(
    "all, any, or how many must succeed",
    text=OneOf("all", "any"),  # type: ignore[arg-type]
    number=Whole(1, 10_000),
)
JOIN_KEY = Key(JOIN, "How many must succeed: all unless it says any, or a number.")

BRANCH_KEYS: Keys = {
    "title": Key(Text(), "What people call it."),
    "watches": Key(
        ListOf(Name("the name of a branch"), "a list of branches", least=1),
        "The branches whose status, outputs and summary it reads.",
    ),
    "cancel_when": Key(Expression(), "The branch ends early when this becomes true."),
    "summary": Key(
        Name("the id of a step in it"),
        "The step whose text is its summary; the texts of all, when left out.",
    ),
    "steps": Key(STEPS, "What is done in it, in order.", required=True),
}


class Branches(Shape[tuple[Branch, ...]]):
    """Branches by name, each a list of steps or a mapping with `steps`."""

    words = "a mapping of branches to their steps"

    def __init__(self) -> None:
        steps: Shape[dict[str, Any]] = MappingOf("a branch", dict, BRANCH_KEYS)
        self.body = MapOf(
            Either(
                "a list of steps, or a mapping with `steps`",
                items=Only(STEPS),
                mapping=steps,
            ),
            self.words,
            BRANCH_ID,
            "a letter, then letters, digits, `_` and `-`",
            instead=lambda: {"steps": ()},
        )

    def read(self, spot: Spot) -> tuple[Branch, ...]:
        found = self.body.read(spot)
        if not spot.value:
            raise spot.wrong("`parallel` has no branches", "write at least one")
        if len(found) > MOST_BRANCHES:
            hint = "use `for_each`"
            raise spot.wrong(f"there are more than {MOST_BRANCHES} branches", hint)
        return tuple(Branch(id=name, **body) for name, body in found.items())

    def schema(self, defs: Schema) -> Schema:
        return self.body.schema(defs) | {"minProperties": 1}


class Only(Shape[dict[str, Any]]):
    """The short form of a branch: nothing but its steps."""

    def __init__(self, steps: Shape[tuple[Step, ...]]) -> None:
        self.steps = steps
        self.words = steps.words

    def read(self, spot: Spot) -> dict[str, Any]:
        return {"steps": self.steps.read(spot)}

    def schema(self, defs: Schema) -> Schema:
        return self.steps.schema(defs)


class Items(Expression):
    """An expression, or the list or mapping itself, whose texts stand as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.words = "an expression, a list or a mapping"

    def read(self, spot: Spot) -> str:
        if isinstance(spot.value, str):
            return super().read(spot)
        if not isinstance(spot.value, (list, dict)):
            raise spot.wrong_type(self.words)
        text = literal(spot.value)
        if is_template(text):
            hint = "write it as an expression, such as `[inputs.a, 'b']`"
            raise spot.wrong(f"{spot.label} is no template", hint)
        return text

    def schema(self, defs: Schema) -> Schema:
        return {"type": ["string", "array", "object"]}


def check_parallel(spot: Spot, values: dict[str, Any]) -> None:
    check_join(spot, values, len(values.get("branches", ())) or None)


def check_join(spot: Spot, values: dict[str, Any], arms: int | None) -> None:
    join = values.get("join")
    if isinstance(join, int) and arms is not None and join > arms:
        hint = f"say `all`, or a number up to {arms}"
        spot.child("join").wrong(f"{join} of {arms} branches can't succeed", hint)


PARALLEL = MappingOf(
    "a parallel step",
    Parallel,
    {
        "branches": Key(Branches(), "What is done side by side.", required=True),
        "join": JOIN_KEY,
    },
    check_parallel,
)
FOR_EACH = MappingOf(
    "a for_each step",
    ForEach,
    {
        "in": Key(
            Items(),
            "A list, a range or a mapping: an expression, or as it stands.",
            required=True,
            into="items",
        ),
        "as": Key(
            Matching("a name", IDENTIFIER, "a letter, then letters, digits and `_`"),
            "What templates call the item; `item` when left out.",
            into="name",
        ),
        "key": Key(Expression(), "What a turn is called, such as `item.id`."),
        "max_parallel": Key(Whole(1, 10_000), "How many turns at once; all of them."),
        "join": JOIN_KEY,
        "steps": Key(STEPS, "What is done for each item, in order.", required=True),
    },
)
ARMS: dict[str, Key] = {
    "parallel": Key(PARALLEL, "Branches side by side."),
    "for_each": Key(FOR_EACH, "The same steps for each item."),
}
