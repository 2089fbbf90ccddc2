"""An answer as it comes in, piece by piece, and whether it is one."""

from __future__ import annotations

import time

from engine.llm.messages import Answer, Ask, OnText, ToolCall, model_error
from engine.machine.state import Usage

MAX_ANSWER = 1024 * 1024  # bytes; a step leaves no more
TOKEN = 4  # bytes, where nobody has counted


class Heard:
    """What of an answer has come so far, and when.

    `finish` is why it ended, in OpenAI's words: stop, length, content_filter; empty
    while it has not. `refusal` is what the model said instead of an answer.
    """

    def __init__(self, used: Usage, on_text: OnText) -> None:
        self.refusal = ""
        self.finish = ""
        self._parts: list[str] = []
        self._calls: dict[int, list[str]] = {}
        self._size = 0
        self._on_text = on_text
        self._used = used
        self._tokens = (0, 0)
        self._begun = time.monotonic()
        self._first: float | None = None

    def count(self, input_tokens: int | None, output_tokens: int | None) -> None:
        """What the provider says was used so far, in tokens."""
        self._tokens = (input_tokens or 0, output_tokens or 0)

    def take(self, text: str) -> None:
        """The next piece of the answer. Raises ModelError when it grows too large."""
        if not text:
            return
        if self._first is None:
            self._first = time.monotonic() - self._begun
        self._parts.append(text)
        self._grow(text)
        self._on_text(text)

    def _grow(self, text: str) -> None:
        self._size += len(text.encode(errors="replace"))
        if self._size > MAX_ANSWER:
            asked, answered = self._tokens  # told at the end, which is not waited for
            self._tokens = asked, max(answered, self._size // TOKEN)
            raise model_error(
                "the answer is larger than 1 MB, and was cut off; ask for less at a"
                " time, or say `max_tokens`",
                retryable=False,
                usage=self.usage(),
            )

    def call(self, place: int, call_id: str, name: str, arguments: str) -> None:
        """The next piece of a call: each that is not known yet is empty.

        Raises ModelError when it grows too large.
        """
        known = self._calls.setdefault(place, ["", "", ""])
        for at, piece in enumerate((call_id, name, arguments)):
            known[at] += piece
        self._grow(arguments)

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
        calls = tuple(ToolCall(*known) for _, known in sorted(self._calls.items()))
        return Answer(text, usage=usage, finish=self.finish, calls=calls)

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
        if not text.strip() and not self._calls:
            return "the model answered nothing", True
        return "", False
