"""Anthropic's messages, asked with the anthropic package, which is an extra."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from types import ModuleType
from typing import TYPE_CHECKING, Any

from engine.llm.heard import Heard
from engine.llm.messages import Ask, Message, apart
from engine.llm.server import Server
from engine.llm.strict import closed

if TYPE_CHECKING:
    from anthropic.types import RawMessageStreamEvent

# The protocol wants a limit; this is what goes along when nobody has set one.
MAX_TOKENS = 8_192

# Why an answer has ended, in the words of chat completions.
FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


class Anthropic(Server):
    package = "anthropic"
    owner = "Anthropic"
    url_name = "ANTHROPIC_BASE_URL"
    key_name = "ANTHROPIC_API_KEY"
    extra = "anthropic"

    def trouble(self, package: ModuleType) -> type[Exception]:
        kind: type[Exception] = package.AnthropicError
        return kind

    def client(self, package: ModuleType, key: str) -> Any:
        return package.AsyncAnthropic(**self.client_options(key))

    async def stream(self, client: Any, ask: Ask, model: str) -> Any:
        return await client.messages.create(**request(ask, model))

    def hear(self, event: Any, heard: Heard) -> None:
        hear(event, heard)


def request(ask: Ask, model: str) -> dict[str, Any]:
    """The request as the wire has it."""
    system, said = apart(ask.messages)
    asked: dict[str, Any] = {
        "model": model,
        "messages": [*turns(said)],
        "max_tokens": ask.max_tokens or MAX_TOKENS,
        "stream": True,
    }
    if system:
        asked["system"] = system
    if ask.temperature is not None:
        # The package knows it no more; models that take it are still asked.
        asked["extra_body"] = {"temperature": ask.temperature}
    if ask.schema is not None:
        asked |= _formed(ask.schema, system)
    if ask.tools:
        asked["tools"] = [
            {"name": t.name, "description": t.about, "input_schema": t.schema}
            for t in ask.tools
        ]
    return asked


def turns(said: list[Message]) -> Iterator[dict[str, Any]]:
    """The messages, with what came of all calls of a turn in one of the user's."""
    for role, messages in groupby(said, key=lambda m: m.role):
        if role != "tool":
            yield from (message(each) for each in messages)
            continue
        results = [
            {"type": "tool_result", "tool_use_id": each.call, "content": each.content}
            for each in messages
        ]
        yield {"role": "user", "content": results}


def message(said: Message) -> dict[str, Any]:
    if not said.calls:
        return {"role": said.role, "content": said.content}
    import json

    text = [{"type": "text", "text": said.content}] if said.content else []
    calls = [
        {
            "type": "tool_use",
            "id": call.id,
            "name": call.name,
            "input": json.loads(call.arguments),
        }
        for call in said.calls
    ]
    return {"role": said.role, "content": [*text, *calls]}


def _formed(schema: dict[str, Any], system: str) -> dict[str, Any]:
    """How to ask for JSON. A schema that can't be held strictly is told in words."""
    shut, strict = closed(schema)
    if strict:
        return {"output_config": {"format": {"type": "json_schema", "schema": shut}}}
    import json

    told = json.dumps(schema, ensure_ascii=False)
    wanted = f"Answer with nothing but one JSON object that fits this schema:\n{told}"
    return {"system": f"{system}\n\n{wanted}" if system else wanted}


def hear(event: RawMessageStreamEvent, heard: Heard) -> None:
    match event.type:
        case "message_start":
            heard.count(read(event.message.usage), event.message.usage.output_tokens)
        case "content_block_start" if event.content_block.type == "tool_use":
            call = event.content_block
            heard.call(event.index, call.id, call.name, "")
        case "content_block_delta" if event.delta.type == "input_json_delta":
            heard.call(event.index, "", "", event.delta.partial_json)
        case "content_block_delta" if event.delta.type == "text_delta":
            heard.take(event.delta.text)
        case "message_delta":
            asked = read(event.usage) or heard.usage().input_tokens
            heard.count(asked, event.usage.output_tokens)
            reason = event.delta.stop_reason
            heard.finish = FINISHES.get(reason, "stop") if reason else heard.finish


def read(usage: Any) -> int:
    """Tokens of the question, with those that were kept from before."""
    of_cache = (usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
    return sum(n or 0 for n in (usage.input_tokens, *of_cache))
