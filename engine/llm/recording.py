"""Keeping what a model is asked and answers in a run's cassette."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from engine.files import FileRefused
from engine.llm import cassette as cassettes
from engine.llm.cassette import Call
from engine.llm.messages import (
    Answer,
    Ask,
    Message,
    ModelError,
    ToolCall,
    model_error,
)
from engine.llm.secrets import Hide
from engine.llm.structured import NotValid, read
from engine.machine.state import Cassette


class Recorder:
    """Records one attempt. `model` is the one that the workflow names, if it does."""

    def __init__(
        self,
        root: Path,
        cassette: Cassette,
        place: tuple[str, int],
        model: str,
        hide: Hide,
    ) -> None:
        self.root = root
        self.cassette = cassette
        self.path, self.attempt = place
        self.model = model
        self.hide = hide

    async def require_writable(self) -> None:
        """Raises ModelError where nothing could be kept, before anything is paid."""
        try:
            await asyncio.to_thread(
                cassettes.require_writable, self.root, self.cassette
            )
        except (OSError, FileRefused) as error:
            said = f"{self._reason(error)}, so the model was not asked"
            raise self._unkept(said) from error

    async def keep(self, turn: int, ask: Ask, answer: Answer) -> None:
        """Raises ModelError when it can't be kept; the answer is in its details."""
        try:
            call = self._call(turn, ask, answer)
            await asyncio.to_thread(cassettes.append, self.root, self.cassette, call)
        except (OSError, FileRefused, ValueError) as error:
            said = f"the model answered, but {self._reason(error)}"
            raise self._unkept(said, answer.text) from error
        except NotValid as error:
            said = (
                f"the model answered, but {self.cassette.file} can't keep it: with"
                f" marks for secrets it does not fit `output` ({error})"
            )
            raise self._unkept(said, answer.text) from error

    def _call(self, turn: int, ask: Ask, answer: Answer) -> Call:
        asked = hidden(msgspec.structs.replace(ask, model=self.model), self.hide)
        text = self.hide(answer.text)
        calls = hidden_calls(answer.calls, self.hide)
        value = answer.value
        if value is not None and ask.schema is not None:
            value = read(text, ask.schema)  # as it will be read when it is played
        return Call(
            run=self.cassette.run,
            step=self.cassette.inside + self.path,
            attempt=self.attempt,
            turn=turn,
            digest=cassettes.digest_of(asked),
            asked=asked,
            answered=msgspec.structs.replace(
                answer, text=text, value=value, calls=calls
            ),
        )

    def _reason(self, error: Exception) -> str:
        words = error.strerror if isinstance(error, OSError) else str(error)
        return f"{self.cassette.file} can't be written ({words or error})"

    def _unkept(self, said: str, details: str = "") -> ModelError:
        what = "mend that and retry, or run without --record"
        return model_error(f"{said}; {what}", retryable=False, details=details)


def hidden(ask: Ask, hide: Hide) -> Ask:
    """The same question with marks where secrets stood."""
    messages = tuple(hidden_message(message, hide) for message in ask.messages)
    return msgspec.structs.replace(ask, messages=messages, schema=hide(ask.schema))


def hidden_message(message: Message, hide: Hide) -> Message:
    calls = hidden_calls(message.calls, hide)
    return msgspec.structs.replace(message, content=hide(message.content), calls=calls)


def hidden_calls(calls: tuple[ToolCall, ...], hide: Hide) -> tuple[ToolCall, ...]:
    return tuple(
        msgspec.structs.replace(call, arguments=hide(call.arguments)) for call in calls
    )
