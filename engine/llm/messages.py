"""What a model is asked and what comes back, the same for every provider."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol

from msgspec import Struct, to_builtins

from engine.errors import WeirError
from engine.machine.state import Failure, Usage

Json = Any
OnText = Callable[[str], None]


class ToolCall(Struct, frozen=True):
    """A call that a model asks for. `arguments` are JSON, or what it wrote for that."""

    id: str
    name: str
    arguments: str


class Message(Struct, frozen=True, omit_defaults=True):
    """`calls` are what a model asked for; `call` is the id of the one answered."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    calls: tuple[ToolCall, ...] = ()
    call: str = ""


def in_words(message: Message) -> str:
    """A message as a person reads it, with the calls that it asks for."""
    calls = (f"(asks for {c.name} with {c.arguments})" for c in message.calls)
    return "\n".join(filter(None, (message.content, *calls)))


class ToolShape(Struct, frozen=True):
    """What a model may call: its name, what it does, and a schema of its arguments."""

    name: str
    about: str
    schema: dict[str, Json]


def apart(messages: Iterable[Message]) -> tuple[str, list[Message]]:
    """The system prompt, and all else: for protocols that want it elsewhere."""
    every = list(messages)
    system = "\n\n".join(m.content for m in every if m.role == "system")
    return system, [m for m in every if m.role != "system"]


class Ask(Struct, frozen=True):
    """One question. With `schema` (JSON Schema of an object) the answer is JSON.

    With `tools` it may also be calls.
    """

    messages: tuple[Message, ...]
    model: str = ""
    schema: dict[str, Json] | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    tools: tuple[ToolShape, ...] = ()

    def plain(self) -> dict[str, Json]:
        """As it is kept and told apart by digest: as before there were tools."""
        plain: dict[str, Json] = to_builtins(self)
        if not self.tools:
            del plain["tools"]
        return plain


class Answer(Struct, frozen=True):
    """`value` is what the text says as JSON, once it was found to fit the schema.

    `finish` is why the model ended, in OpenAI's words.
    """

    text: str
    value: Json = None
    usage: Usage = Usage()
    finish: str = "stop"
    calls: tuple[ToolCall, ...] = ()


class ModelError(WeirError):
    """The model was not reached, refused, or answered what can't be used."""

    def __init__(self, failure: Failure, usage: Usage | None = None) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.usage = usage


class Provider(Protocol):
    async def answer(self, ask: Ask, on_text: OnText) -> Answer:
        """Ask once, telling the text as it comes. Raises ModelError."""
        ...


def model_error(
    message: str,
    *,
    retryable: bool,
    details: str = "",
    retry_after: float | None = None,
    usage: Usage | None = None,
    sign: str = "",
) -> ModelError:
    failure = Failure(
        kind="model",
        message=message,
        details=details[:10_000],
        retryable=retryable,
        retry_after=retry_after,
        sign=sign,
    )
    return ModelError(failure, usage)


def together(first: Usage | None, second: Usage) -> Usage:
    """What two turns used; the first token is the first turn's."""
    if first is None:
        return second
    return Usage(
        model=second.model,
        provider=second.provider,
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        turns=first.turns + second.turns,
        seconds=first.seconds + second.seconds,
        first_token=first.first_token,
    )
