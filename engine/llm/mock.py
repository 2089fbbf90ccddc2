"""A provider that asks nobody: answers made from the prompt, the same every time."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from random import Random
from typing import Any

import msgspec

from engine.llm.invent import Schema, invent
from engine.llm.messages import Answer, Ask, OnText, ToolCall
from engine.llm.structured import misfits
from engine.machine.state import Usage
from engine.workspace import ProviderConfig

Json = Any
CHUNKS = 6


class Mock:
    """Deterministic, schema-valid, without a network; it never fails.

    `said` is what the step's author has it say: a text, or values by their names. Where
    that is not all, or does not fit, the rest is made up.
    """

    said: Json = None

    def __init__(
        self, name: str = "mock", config: ProviderConfig | None = None
    ) -> None:
        """As every provider is made; there is nothing to set."""

    async def answer(self, ask: Ask, on_text: OnText) -> Answer:
        prompt = "\n".join(m.content for m in ask.messages if m.role != "assistant")
        random = Random(hashlib.sha256(msgspec.json.encode(ask.plain())).digest())
        asked = ask.messages[-1].content if ask.messages else ""
        if (call := next_call(ask, random)) is not None:
            return Answer(
                "", usage=used(prompt, ""), finish="tool_calls", calls=(call,)
            )
        if ask.schema is None:
            said = self.said if isinstance(self.said, str) else ""
            text = said.strip() or written(asked, random)
        else:
            text = as_json(asked, ask.schema, random, self.said)
        for start in range(0, len(text), size := -(-len(text) // CHUNKS)):
            on_text(text[start : start + size])
            await asyncio.sleep(0)
        return Answer(text, usage=used(prompt, text))


def next_call(ask: Ask, random: Random) -> ToolCall | None:
    """A call of each tool, one a turn; after that there is an answer."""
    turns = sum(bool(message.calls) for message in ask.messages)
    if turns >= len(ask.tools):
        return None
    tool = ask.tools[turns]
    said = next((m.content for m in ask.messages if m.role == "user"), "")
    arguments = invent(tool.schema, phrases_of(said), random)
    return ToolCall(f"call-{turns + 1}", tool.name, json.dumps(arguments))


def used(prompt: str, text: str) -> Usage:
    """Four characters a token, and no time at all."""
    return Usage(
        model="mock",
        provider="mock",
        input_tokens=len(prompt) // 4,
        output_tokens=len(text) // 4,
        first_token=0.0,
    )


def as_json(asked: str, schema: Schema, random: Random, said: Json) -> str:
    value = invent(schema, phrases_of(asked), random)
    for name, each in said.items() if isinstance(said, dict) else ():
        if not misfits({**value, name: each}, schema):
            value[name] = each
    return json.dumps(value, ensure_ascii=False, indent=2)


def phrases_of(prompt: str) -> list[str]:
    """The sentences of a prompt, so that an answer is about what was asked."""
    sentences = re.split(r"(?<=[.?!])\s+|\n\s*\n|\n(?=- )", prompt)
    tidy = [" ".join(sentence.split()).removeprefix("- ") for sentence in sentences]
    return [cut(one) for one in tidy if " " in one] or ["Nothing was asked."]


def written(prompt: str, random: Random) -> str:
    """Markdown that shows what was asked, so that a draft can be read and judged."""
    lines = [line.strip(" -*#>\t") for line in prompt.splitlines()]
    lines = [line for line in lines if len(line) > 3] or ["(an empty prompt)"]
    asked, rest = lines[0], lines[1:]
    chosen = sorted(random.sample(range(len(rest)), min(3, len(rest))))
    points = "".join(f"- {cut(rest[index])}\n" for index in chosen)
    return (
        f"## Draft\n\nWhat was asked: “{cut(asked)}”\n\n"
        + (f"What stands out:\n\n{points}\n" if points else "")
        + "_Written by the mock provider; no model was asked._\n"
    )


def cut(line: str) -> str:
    return line if len(line) <= 100 else line[:99] + "…"
