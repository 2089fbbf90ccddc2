"""Any server that speaks OpenAI's Responses, asked with the openai package.

The conversation goes along whole each time, and nothing is kept on the server: what a
run was asked stands in its own history.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.llm.heard import Heard
from engine.llm.messages import Ask, Message, apart, model_error
from engine.llm.openai import OpenAI, tool
from engine.llm.strict import closed

if TYPE_CHECKING:
    from openai.types.responses import Response, ResponseStreamEvent

# Why an answer is not whole, in the words of chat completions.
INCOMPLETE = {"max_output_tokens": "length", "content_filter": "content_filter"}
PASSING = frozenset({"server_error", "rate_limit_exceeded"})


class Responses(OpenAI):
    """The protocol that OpenAI develops further."""

    async def stream(self, client: Any, ask: Ask, model: str) -> Any:
        return await client.responses.create(**request(ask, model))

    def hear(self, event: Any, heard: Heard) -> None:
        hear(event, heard)


def request(ask: Ask, model: str) -> dict[str, Any]:
    """The request as the wire has it."""
    system, said = apart(ask.messages)
    asked: dict[str, Any] = {
        "model": model,
        "input": [item for message in said for item in items(message)],
        "stream": True,
        "store": False,
    }
    if system:
        asked["instructions"] = system
    if ask.temperature is not None:
        asked["temperature"] = ask.temperature
    if ask.max_tokens is not None:
        asked["max_output_tokens"] = ask.max_tokens
    if ask.schema is not None:
        schema, strict = closed(ask.schema)
        form = {"type": "json_schema", "name": "output", "schema": schema}
        asked["text"] = {"format": {**form, "strict": strict}}
    if ask.tools:
        asked["tools"] = [{"type": "function", **tool(t)} for t in ask.tools]
    return asked


def items(said: Message) -> Iterator[dict[str, Any]]:
    """A message as the items of the protocol: text, calls, and what came of a call."""
    if said.role == "tool":
        answer = {"call_id": said.call, "output": said.content}
        yield {"type": "function_call_output", **answer}
        return
    if said.content or not said.calls:
        yield {"role": said.role, "content": said.content}
    for call in said.calls:
        about = {"call_id": call.id, "name": call.name, "arguments": call.arguments}
        yield {"type": "function_call", **about}


def hear(event: ResponseStreamEvent, heard: Heard) -> None:
    """Take what an event says. Raises ModelError for one that says it went wrong."""
    match event.type:
        case "response.output_text.delta":
            heard.take(event.delta)
        case "response.output_item.done" if event.item.type == "function_call":
            call = event.item
            heard.call(event.output_index, call.call_id, call.name, call.arguments)
        case "response.refusal.delta":
            heard.refusal += event.delta
        case "response.completed":
            _end(event.response, heard, "stop")
        case "response.incomplete":
            about = event.response.incomplete_details
            reason = (about.reason if about else None) or ""
            _end(event.response, heard, INCOMPLETE.get(reason, "length"))
        case "response.failed":
            _end(event.response, heard, "")
            error = event.response.error
            code, said = (error.code, error.message) if error else ("", "no reason")
            raise _failed(code, said, heard)
        case "error":
            raise _failed(event.code or "", event.message, heard)


def _end(response: Response, heard: Heard, finish: str) -> None:
    if response.usage is not None:
        heard.count(response.usage.input_tokens, response.usage.output_tokens)
    heard.finish = finish


def _failed(code: str, said: str, heard: Heard) -> Exception:
    words = f"{code}: {said[:200]}" if code else said[:200]
    return model_error(
        f"the provider broke off: {words}",
        retryable=code in PASSING or not code,
        usage=heard.usage(),
    )
