"""Any server that speaks OpenAI's chat completions, asked with the openai package."""

from __future__ import annotations

import asyncio
import importlib
import os
import time
from typing import TYPE_CHECKING, Any

from engine.llm.messages import Answer, Ask, OnText, model_error
from engine.llm.refusals import explained
from engine.machine.state import Usage
from engine.workspace import ProviderConfig

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionChunk

MAX_ANSWER = 4_000_000  # characters
KEYLESS = "none"  # what servers that want no key are sent


class OpenAI:
    """`name` is the provider's in weir.toml: others may speak as openai does."""

    def __init__(self, name: str, config: ProviderConfig) -> None:
        self.name = name
        self.config = config

    @property
    def url(self) -> str:
        """The server; "" is OpenAI's own."""
        return self.config.base_url or os.environ.get("OPENAI_BASE_URL", "")

    async def answer(self, ask: Ask, on_text: OnText) -> Answer:
        # 0.4 s of import, which other steps need not wait for.
        openai = await asyncio.to_thread(importlib.import_module, "openai")
        model, key = self._model(ask), self._key()
        heard = Heard(Usage(model=model, provider=self.name), on_text)
        client: AsyncOpenAI = openai.AsyncOpenAI(
            api_key=key,
            base_url=self.url or None,
            timeout=self.config.timeout,
            max_retries=0,  # retries are the step's, recorded one by one
        )
        try:
            async with client:
                await self._listen(client, request(ask, model, bool(self.url)), heard)
        except (openai.OpenAIError, ValueError) as error:
            timeout = self.config.timeout
            raise explained(error, self, model, key, timeout, heard.usage()) from error
        return heard.answer(ask)

    async def _listen(
        self, client: AsyncOpenAI, asked: dict[str, Any], heard: Heard
    ) -> None:
        """Hear the answer to its end. Leaving early closes the connection."""
        async with await client.chat.completions.create(**asked) as stream:
            async for chunk in stream:
                heard.hear(chunk)

    def _model(self, ask: Ask) -> str:
        model = ask.model or self.config.model
        if model:
            return model
        raise model_error(
            f"no model is named; set `model` in weir.toml under [providers.{self.name}]"
            " or in the agent, or run with --provider mock",
            retryable=False,
        )

    def _key(self) -> str:
        told = self.config.api_key
        if told and not told.startswith("env:"):
            raise model_error(
                f"api_key of [providers.{self.name}] must be env:NAME; a key does not"
                " belong into a file",
                retryable=False,
            )
        name = told.removeprefix("env:")
        key = os.environ.get(name, "") if name else ""
        if not key and not self.url:
            raise model_error(missing_key(name), retryable=False)
        return key or KEYLESS


def missing_key(name: str) -> str:
    return (
        f"there is no key: set {name or 'api_key'} and wake a runner that knows it"
        " (`weir runner stop`, then run again), or run with --provider mock"
    )


def request(ask: Ask, model: str, elsewhere: bool) -> dict[str, Any]:
    """The request as the wire has it. Only OpenAI itself knows the newer limit."""
    asked: dict[str, Any] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in ask.messages],
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
    return asked


def closed(schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """A schema whose objects take nothing more, and whether it can be held strictly.

    Strict output wants every property required; where one is optional, or an object
    is open, the schema goes as it is and is checked here alone.
    """
    if not _can_close(schema):
        return schema, False
    return _close(schema), True


def _can_close(schema: dict[str, Any]) -> bool:
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        if not properties or set(properties) != set(schema.get("required", ())):
            return False
        return all(_can_close(inner) for inner in properties.values())
    return _can_close(schema["items"]) if "items" in schema else True


def _close(schema: dict[str, Any]) -> dict[str, Any]:
    shut = {key: value for key, value in schema.items() if key != "default"}
    if schema.get("type") == "object":
        inside = schema["properties"].items()
        shut["properties"] = {name: _close(inner) for name, inner in inside}
        shut["additionalProperties"] = False
    if "items" in schema:
        shut["items"] = _close(schema["items"])
    return shut


class Heard:
    """What of an answer has come so far, and when."""

    def __init__(self, used: Usage, on_text: OnText) -> None:
        self.refusal = ""
        self.finish = ""
        self._parts: list[str] = []
        self._size = 0
        self._on_text = on_text
        self._used = used
        self._tokens = (0, 0)
        self._begun = time.monotonic()
        self._first: float | None = None

    def hear(self, chunk: ChatCompletionChunk) -> None:
        if chunk.usage is not None:
            used = chunk.usage
            self._tokens = (used.prompt_tokens or 0, used.completion_tokens or 0)
        for choice in chunk.choices or ():
            if choice.delta is not None:
                self._take(choice.delta.content or "")
                self.refusal += choice.delta.refusal or ""
            self.finish = choice.finish_reason or self.finish

    def _take(self, text: str) -> None:
        if not text:
            return
        if self._first is None:
            self._first = time.monotonic() - self._begun
        self._parts.append(text)
        self._size += len(text)
        if self._size > MAX_ANSWER:
            raise model_error(
                "the model did not stop: its answer is over 4 MB",
                retryable=False,
                usage=self.usage(),
            )
        self._on_text(text)

    def usage(self) -> Usage:
        return Usage(
            model=self._used.model,
            provider=self._used.provider,
            input_tokens=self._tokens[0],
            output_tokens=self._tokens[1],
            seconds=time.monotonic() - self._begun,
            first_token=self._first,
        )

    def answer(self, ask: Ask) -> Answer:
        """The whole answer, or ModelError when it is none."""
        text, usage = "".join(self._parts), self.usage()
        said, retryable = self._shortcoming(text, ask)
        if said:
            details = self.refusal or text
            raise model_error(said, retryable=retryable, details=details, usage=usage)
        return Answer(text, usage=usage)

    def _shortcoming(self, text: str, ask: Ask) -> tuple[str, bool]:
        """Why this is no answer, and whether another try may bring one."""
        if self.refusal:
            return f"the model refused: {self.refusal[:200]}", False
        if self.finish == "content_filter":
            return "the provider's content filter held the answer back", False
        if self.finish == "length":
            limit = f" of {ask.max_tokens}" if ask.max_tokens else ""
            return (
                f"the answer was cut off at the limit{limit}; raise max_tokens",
                False,
            )
        if not self.finish:
            return "the connection ended before the answer was whole", True
        if not text.strip():
            return "the model answered nothing", True
        return "", False
