"""Calls of tools as each protocol asks for them, and is told what came of them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.llm.messages import Ask, Message, ToolCall, ToolShape
from engine.llm.mock import Mock
from engine.llm.provider import Provider, provider
from engine.workspace import ProviderConfig
from tests.model_server import ModelServer, Reply, calls, streams

SCHEMA = {
    "type": "object",
    "properties": {"order": {"type": "string"}},
    "required": ["order"],
    "additionalProperties": False,
}
LOOKUP = ToolShape("lookup", "Look up an order.", SCHEMA)
FIRST = Ask(messages=(Message("user", "Where is A17?"),), model="m", tools=(LOOKUP,))
WANTED = (
    ToolCall("call-0", "lookup", '{"order": "A17"}'),
    ToolCall("call-1", "lookup", '{"order": "A18"}'),
)
AGAIN = Ask(
    messages=(
        *FIRST.messages,
        Message("assistant", "I look.", calls=WANTED),
        Message("tool", "paid", call="call-0"),
        Message("tool", "unknown", call="call-1"),
    ),
    model="m",
    tools=(LOOKUP,),
)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{owner}_API_KEY", "sk-nobody")
        monkeypatch.delenv(f"{owner}_BASE_URL", raising=False)


def speaking(protocol: str, server: ModelServer) -> Provider:
    anthropic = protocol == "anthropic"
    url = server.url.removesuffix("/v1") if anthropic else server.url
    return provider("ours", ProviderConfig(protocol=protocol, base_url=url))


def item(number: int, call: ToolCall) -> dict[str, Any]:
    about = {"type": "function_call", "id": f"fc_{number}", "call_id": call.id}
    made = {**about, "name": call.name, "arguments": call.arguments}
    done = {"type": "response.output_item.done", "output_index": number}
    return {**done, "item": made, "sequence_number": number}


def completed() -> dict[str, Any]:
    response = {"id": "r", "object": "response", "output": [], "usage": None}
    return {"type": "response.completed", "response": response}


def block(number: int, call: ToolCall) -> list[dict[str, Any]]:
    made = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
    half = len(call.arguments) // 2
    parts = (call.arguments[:half], call.arguments[half:])
    return [
        {"type": "content_block_start", "index": number, "content_block": made},
        *(
            {
                "type": "content_block_delta",
                "index": number,
                "delta": {"type": "input_json_delta", "partial_json": part},
            }
            for part in parts
        ),
    ]


def begun() -> dict[str, Any]:
    usage = {"input_tokens": 8, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "content": []}
    return {"type": "message_start", "message": {**message, "usage": usage}}


def stopped() -> dict[str, Any]:
    usage = {"output_tokens": 7}
    return {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use"},
        "usage": usage,
    }


REPLIES: dict[str, Reply] = {
    "chat": calls(("lookup", {"order": "A17"}), ("lookup", {"order": "A18"})),
    "responses": streams(*(item(n, c) for n, c in enumerate(WANTED)), completed()),
    "anthropic": streams(
        begun(), *(e for n, c in enumerate(WANTED) for e in block(n, c)), stopped()
    ),
}
# How each tells of the tool, and what it is told in the second turn.
TOLD = {
    "chat": (
        {
            "type": "function",
            "function": {
                "name": "lookup",
                "description": "Look up an order.",
                "parameters": SCHEMA,
                "strict": True,
            },
        },
        [
            {"role": "user", "content": "Where is A17?"},
            {
                "role": "assistant",
                "content": "I look.",
                "tool_calls": [
                    {
                        "id": call.id,
                        "type": "function",
                        "function": {"name": "lookup", "arguments": call.arguments},
                    }
                    for call in WANTED
                ],
            },
            {"role": "tool", "tool_call_id": "call-0", "content": "paid"},
            {"role": "tool", "tool_call_id": "call-1", "content": "unknown"},
        ],
    ),
    "responses": (
        {
            "type": "function",
            "name": "lookup",
            "description": "Look up an order.",
            "parameters": SCHEMA,
            "strict": True,
        },
        [
            {"role": "user", "content": "Where is A17?"},
            {"role": "assistant", "content": "I look."},
            *(
                {
                    "type": "function_call",
                    "call_id": call.id,
                    "name": "lookup",
                    "arguments": call.arguments,
                }
                for call in WANTED
            ),
            {"type": "function_call_output", "call_id": "call-0", "output": "paid"},
            {"type": "function_call_output", "call_id": "call-1", "output": "unknown"},
        ],
    ),
    "anthropic": (
        {
            "name": "lookup",
            "description": "Look up an order.",
            "input_schema": SCHEMA,
        },
        [
            {"role": "user", "content": "Where is A17?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "I look."},
                    {
                        "type": "tool_use",
                        "id": "call-0",
                        "name": "lookup",
                        "input": {"order": "A17"},
                    },
                    {
                        "type": "tool_use",
                        "id": "call-1",
                        "name": "lookup",
                        "input": {"order": "A18"},
                    },
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "call-0",
                        "content": "paid",
                    },
                    {
                        "type": "tool_result",
                        "tool_use_id": "call-1",
                        "content": "unknown",
                    },
                ],
            },
        ],
    ),
}


@pytest.mark.parametrize("protocol", REPLIES)
async def test_calls_are_heard_in_order_with_their_arguments(
    server: ModelServer, protocol: str
) -> None:
    server.then(REPLIES[protocol])
    answer = await speaking(protocol, server).answer(FIRST, lambda _: None)
    assert [(c.id, c.name) for c in answer.calls] == [(c.id, c.name) for c in WANTED]
    assert [c.arguments for c in answer.calls] == [c.arguments for c in WANTED]
    assert answer.text == ""


@pytest.mark.parametrize("protocol", REPLIES)
async def test_the_tool_and_what_came_of_it_are_told_as_the_protocol_has_them(
    server: ModelServer, protocol: str
) -> None:
    server.then(REPLIES[protocol])
    await speaking(protocol, server).answer(AGAIN, lambda _: None)
    (asked,) = server.requests
    tool, messages = TOLD[protocol]
    assert asked.body["tools"] == [tool]
    key = "input" if protocol == "responses" else "messages"
    assert asked.body[key] == messages


async def test_the_mock_calls_each_tool_once_and_then_answers() -> None:
    first = await Mock().answer(FIRST, lambda _: None)
    (call,) = first.calls
    assert call.name == "lookup"
    last = await Mock().answer(AGAIN, lambda _: None)
    assert last.calls == ()
    assert last.text


def test_a_question_without_tools_has_the_digest_it_always_had() -> None:
    plain = Ask(messages=FIRST.messages, model="m").plain()
    assert plain == {
        "messages": ({"role": "user", "content": "Where is A17?"},),
        "model": "m",
        "schema": None,
        "temperature": None,
        "max_tokens": None,
    }
