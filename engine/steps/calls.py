"""The calls a model asks for: which it may, and whether it did so rightly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from engine.definition.fields import accept, json_schema
from engine.definition.kinds import Tool
from engine.definition.words import among
from engine.errors import InvalidValues
from engine.llm.messages import Answer, Message, ToolCall, ToolShape
from engine.machine.turns import Turn

Json = Any


def callable_as(tool: Tool) -> ToolShape:
    """A tool as a model is told of it."""
    return ToolShape(tool.use, tool.about, json_schema(tool.inputs))


def told(turns: Iterable[Turn]) -> Iterator[Message]:
    """The turns before as messages: what was asked for, and what came of each call."""
    for turn in turns:
        calls = tuple(ToolCall(c.id, c.tool, c.arguments) for c in turn.calls)
        yield Message("assistant", turn.said, calls=calls)
        for call in turn.calls:
            yield Message("tool", call.result, call=call.id)


def asked_for(answer: Answer, tools: tuple[Tool, ...]) -> dict[str, Json]:
    """What a step that asks in turns leaves.

    `calls` are those that can be made, `wrong` those that can't, each with `why` for
    the model; `said` is the text beside them. Without either, `left` is the answer.
    """
    by_name = {tool.use: tool for tool in tools}
    calls: list[Json] = []
    wrong: list[Json] = []
    for number, call in enumerate(answer.calls, 1):
        about = {"id": call.id or f"call-{number}", "tool": call.name}
        try:
            arguments = arguments_of(call, by_name)
        except InvalidValues as error:
            why = f"This was not done: {error}"
            wrong.append({**about, "arguments": as_object(call.arguments), "why": why})
        else:
            calls.append({**about, "arguments": arguments})
    return {"calls": calls, "wrong": wrong, "said": answer.text}


def arguments_of(call: ToolCall, tools: dict[str, Tool]) -> dict[str, Json]:
    """The arguments of a call, with defaults. Raises InvalidValues for the model."""
    if call.name not in tools:
        raise InvalidValues([f"there is no tool {call.name!r}; known: {among(tools)}"])
    try:
        arguments = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError) as error:
        raise InvalidValues([f"the arguments are not JSON: {error}"]) from error
    if not isinstance(arguments, dict):
        raise InvalidValues(["the arguments must be a JSON object"])
    return accept(tools[call.name].inputs, arguments, noun="argument")


def as_object(arguments: str) -> str:
    """The arguments as they may be told to a model again: JSON of an object."""
    try:
        fine = isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        fine = False
    return arguments if fine else json.dumps({"arguments": arguments})
