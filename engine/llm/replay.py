"""A provider that answers from a cassette, while it is asked what was asked then."""

from __future__ import annotations

import asyncio
import difflib
import json
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import msgspec

from engine.errors import WeirError
from engine.llm import cassette as cassettes
from engine.llm.cassette import Call, Calls
from engine.llm.messages import Answer, Ask, Message, ModelError, OnText, model_error
from engine.llm.recording import hidden
from engine.llm.secrets import Hide
from engine.machine.state import Usage
from engine.workspace import ProviderConfig

CHUNKS = 6
SHOWN = 80  # characters of a line that differs
BEFORE = 20  # of them, those that are still the same


class Replay:
    """Answers one attempt at the step it was `placed` at."""

    def __init__(self, name: str, config: ProviderConfig) -> None:
        self.name = name
        self.file = config.cassette
        self.path = ""
        self._turn = 0

    def placed(self, root: Path, file: str, path: str, hide: Hide) -> Replay:
        """At the step of this path. A `file` that is said goes before weir.toml's."""
        self.root, self.path, self.hide = root, path, hide
        self.file = file or self.file
        return self

    async def answer(self, ask: Ask, on_text: OnText) -> Answer:
        self._turn += 1
        turns = await asyncio.to_thread(self._turns)
        if self._turn > len(turns):
            raise self._diverged(f"it holds no turn {self._turn} of {self.path}")
        call = turns[self._turn - 1]
        asked = hidden(ask, self.hide)
        if asked != call.asked:
            where = f"{self.path}, turn {self._turn}" if self._turn > 1 else self.path
            found = f"{where} asks something else: {difference(call.asked, asked)}"
            raise self._diverged(found, as_diff(call.asked, asked))
        await tell(call.answered.text, on_text)
        answered = call.answered
        return msgspec.structs.replace(answered, value=None, usage=free(answered.usage))

    async def holds(self) -> bool:
        """Whether there is an answer for the step; True too where asking says why not.

        A step that took another's answer when it was recorded has none of its own.
        """
        try:
            return self.path in await asyncio.to_thread(self._calls)
        except ModelError:
            return True

    def _turns(self) -> tuple[Call, ...]:
        calls = self._calls()
        if self.path in calls:
            return played(calls[self.path])
        others = ", ".join([*calls][:5]) or "none at all"
        raise self._diverged(f"it holds no answer for {self.path} (for: {others})")

    def _calls(self) -> Calls:
        if not self.file:
            raise model_error(
                "there is no cassette to answer from; run with --cassette FILE, or set"
                f" `cassette` in weir.toml under [providers.{self.name}]",
                retryable=False,
            )
        try:
            data = cassettes.read(self.root, self.file)
            return cassettes.calls_in(data, self.file)
        except WeirError as error:
            raise model_error(str(error), retryable=False) from error

    def _diverged(self, said: str, details: str = "") -> ModelError:
        what = f"weir run WORKFLOW --record --cassette {self.file} --force"
        return model_error(
            f"not as recorded in {self.file}: {said}; if that is right, record again:"
            f" {what}",
            retryable=False,
            details=details,
        )


def played(attempts: tuple[tuple[Call, ...], ...]) -> tuple[Call, ...]:
    """The attempt the run went on with: the last that fits, or else the last.

    One whose runner was killed before it had reported was made again.
    """
    return next((each for each in reversed(attempts) if fits(each[-1])), attempts[-1])


def fits(call: Call) -> bool:
    answered = call.answered
    return (
        call.asked.schema is None or answered.value is not None or bool(answered.calls)
    )


def free(usage: Usage) -> Usage:
    """As many tokens as then, of nobody who sends a bill."""
    return Usage(
        model=usage.model,
        provider="replay",
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        first_token=0.0,
    )


async def tell(text: str, on_text: OnText) -> None:
    for start in range(0, len(text), max(1, -(-len(text) // CHUNKS))):
        on_text(text[start : start + max(1, -(-len(text) // CHUNKS))])
        await asyncio.sleep(0)


def difference(then: Ask, now: Ask) -> str:
    """Where two questions first differ, in one line."""
    return next(differences(then, now))


def differences(then: Ask, now: Ask) -> Iterator[str]:
    for number, (was, is_) in enumerate(zip_longest(then.messages, now.messages), 1):
        if was == is_:
            continue
        if was is None or is_ is None:
            yield f"it had {len(then.messages)} messages and has {len(now.messages)}"
        elif was.role != is_.role:
            yield f"message {number} was of role {was.role} and is of {is_.role}"
        elif was.content == is_.content:
            yield f"message {number} ({is_.role}) asks for other calls"
        else:
            in_message = f"message {number} ({is_.role}), "
            yield in_message + first_line(was.content, is_.content)
    if then.schema != now.schema:
        yield "the shape of the answer, " + first_line(
            *(
                json.dumps(s, indent=1, sort_keys=True)
                for s in (then.schema, now.schema)
            )
        )
    if then.tools != now.tools:
        yield "the tools, " + first_line(
            *(json.dumps(msgspec.to_builtins(a.tools), indent=1) for a in (then, now))
        )
    for name in ("model", "temperature", "max_tokens"):
        was, is_ = getattr(then, name), getattr(now, name)
        if was != is_:
            yield f"{name} was {shown(was)} and is {shown(is_)}"


def first_line(then: str, now: str) -> str:
    """The first line that differs, as it was and as it is."""
    pairs = zip_longest(then.split("\n"), now.split("\n"))
    number, was, is_ = next(
        (number, was, is_) for number, (was, is_) in enumerate(pairs, 1) if was != is_
    )
    same = common(was or "", is_ or "")
    return f"line {number}: recorded {part(was, same)}, now {part(is_, same)}"


def common(then: str, now: str) -> int:
    """How many characters they begin with alike."""
    pairs = zip(then, now, strict=False)
    alike = (number for number, (a, b) in enumerate(pairs) if a != b)
    return next(alike, min(len(then), len(now)))


def part(line: str | None, same: int) -> str:
    """What to show of a line, from a little before it differs."""
    if line is None:
        return "nothing"
    start = max(0, same - BEFORE) if len(line) > SHOWN else 0
    before, after = "…" * (start > 0), "…" * (len(line) > start + SHOWN)
    return shown(f"{before}{line[start : start + SHOWN]}{after}")


def shown(value: object) -> str:
    return "not set" if value in (None, "") else json.dumps(value, ensure_ascii=False)


def as_diff(then: Ask, now: Ask) -> str:
    """Both questions beside each other, line by line."""
    was, is_ = [*lines_of(then)], [*lines_of(now)]
    return "\n".join(difflib.unified_diff(was, is_, "recorded", "now", lineterm=""))


def lines_of(ask: Ask) -> Iterator[str]:
    for message in ask.messages:
        yield from said_in(message)
    settings = msgspec.structs.replace(ask, messages=())
    told = msgspec.json.encode(settings, order="sorted")
    yield from msgspec.json.format(told).decode().split("\n")


def said_in(message: Message) -> Iterator[str]:
    yield f"[{message.role}]"
    yield from message.content.split("\n")
