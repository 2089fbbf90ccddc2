"""The shape of what an agent may call, and when a person is asked before."""

from __future__ import annotations

from typing import Any

from engine.definition.base import Json
from engine.definition.kinds import Approval, Tool
from engine.definition.shapes.basic import (
    Expression,
    Flag,
    Name,
    OneOf,
    Shape,
)
from engine.definition.shapes.compound import Either, ListOf, Then
from engine.definition.shapes.gate import (
    GATE,
    ON_TIMEOUT,
    check_approvers,
    check_silence,
)
from engine.definition.shapes.mapping import Key, MappingOf
from engine.definition.shapes.telling import check_telling
from engine.definition.shapes.work import VALUES
from engine.definition.spot import Spot

# What a tool says of its gate, in the words of any other.
OF_ITS_GATE = (
    "title",
    "text",
    "approvers",
    "required",
    "timeout",
    "reasons",
    "risk",
    "notify",
    "remind",
    "escalate",
)
NAME = Name("the name of a step template")


class When(Expression):
    """When a person is asked: always, never, or where an expression says so."""

    def read(self, spot: Spot) -> str:
        if spot.value in ("always", "never"):
            return str(spot.value)
        return super().read(spot)


def make_tool(
    use: str,
    approve: str | None = None,
    with_: dict[str, Json] | None = None,
    unattended: bool = False,
    **gate: Any,
) -> Tool:
    asked = Approval(**{"title": "", **gate})
    return Tool(use, approve, with_ or {}, unattended, asked)


def check_tool(spot: Spot, values: dict[str, Any]) -> None:
    """A gate that nobody is asked at; what silence means, and who may decide."""
    if values.get("approve") == "never":
        for name in (*OF_ITS_GATE, "on_timeout"):
            if name in values:
                told = f"`{name}` is of a gate, and `approve: never` makes none"
                spot.child(name).wrong(told, "remove one of them", at_key=True)
    check_silence(spot)
    check_approvers(spot, values)
    check_telling(spot, values)


TOOL: Shape[Tool] = Either(
    "the name of a step template, or a mapping with `use`",
    text=Then(NAME, lambda name: Tool(use=name)),
    mapping=MappingOf(
        "a tool",
        make_tool,
        {
            "use": Key(NAME, "The step template it is a call of.", required=True),
            "approve": Key(
                When(),
                "When a person is asked: always, never, or an expression over"
                " call.arguments.",
            ),
            "with": Key(VALUES, "Inputs that the model does not give.", into="with_"),
            "unattended": Key(
                Flag(), "What the model gives may go outside, seen by nobody."
            ),
            "on_timeout": Key(
                OneOf(*ON_TIMEOUT), "What silence means; never an approval."
            ),
        }
        | {name: GATE.keys[name] for name in OF_ITS_GATE}
        | {"title": Key(GATE.keys["title"].shape, "The question: a template.")},
        check_tool,
    ),
)
TOOLS = Key(ListOf(TOOL, "a list of step templates", least=1), "What it may call.")
