"""Any server that speaks OpenAI's chat completions, asked with the openai package."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

from engine.llm.heard import Heard
from engine.llm.messages import Ask, Message, ToolShape
from engine.llm.server import Server
from engine.llm.strict import closed

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionChunk


class OpenAI(Server):
    """Chat completions, which most servers speak."""

    package = "openai"
    owner = "OpenAI"
    url_name = "OPENAI_BASE_URL"
    key_name = "OPENAI_API_KEY"

    def trouble(self, package: ModuleType) -> type[Exception]:
        kind: type[Exception] = package.OpenAIError
        return kind

    def client(self, package: ModuleType, key: str) -> Any:
        return package.AsyncOpenAI(**self.client_options(key))

    async def stream(self, client: Any, ask: Ask, model: str) -> Any:
        asked = request(ask, model, elsewhere=bool(self.url))
        return await client.chat.completions.create(**asked)

    def hear(self, event: Any, heard: Heard) -> None:
        hear(event, heard)


def request(ask: Ask, model: str, *, elsewhere: bool) -> dict[str, Any]:
    """The request as the wire has it. Only OpenAI itself knows the newer limit."""
    asked: dict[str, Any] = {
        "model": model,
        "messages": [message(m) for m in ask.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if ask.temperature is not None:
        asked["temperature"] = ask.temperature
    if ask.max_tokens is not None:
        limit = "max_tokens" if elsewhere else "max_completion_tokens"
        asked[limit] = ask.max_tokens
    if ask.schema is not None:
        schema, strict = closed(ask.schema)
        asked["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "output", "schema": schema, "strict": strict},
        }
    if ask.tools:
        asked["tools"] = [{"type": "function", "function": tool(t)} for t in ask.tools]
    return asked


def message(said: Message) -> dict[str, Any]:
    if said.role == "tool":
        return {"role": "tool", "tool_call_id": said.call, "content": said.content}
    if not said.calls:
        return {"role": said.role, "content": said.content}
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in said.calls
    ]
    content = said.content or None
    return {"role": said.role, "content": content, "tool_calls": calls}


def tool(shape: ToolShape) -> dict[str, Any]:
    """A tool as the protocols of OpenAI have it, with closed arguments where it can."""
    schema, strict = closed(shape.schema)
    about = {"description": shape.about} if shape.about else {}
    return {"name": shape.name, **about, "parameters": schema, "strict": strict}


def hear(chunk: ChatCompletionChunk, heard: Heard) -> None:
    if chunk.usage is not None:
        heard.count(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
    for choice in chunk.choices or ():
        if choice.delta is not None:
            heard.take(choice.delta.content or "")
            heard.refusal += choice.delta.refusal or ""
            for part in choice.delta.tool_calls or ():
                said = part.function
                name, given = (said.name, said.arguments) if said else ("", "")
                heard.call(part.index, part.id or "", name or "", given or "")
        heard.finish = choice.finish_reason or heard.finish
