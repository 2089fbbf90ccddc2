"""Holding an answer to its schema, and asking again, saying what was wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import msgspec

from engine.llm.messages import (
    Answer,
    Ask,
    Message,
    ModelError,
    OnText,
    Provider,
    model_error,
    together,
)
from engine.machine.state import Usage

Json = Any
# What is told of each turn: which it is, what was asked, what was answered.
Keep = Callable[[int, Ask, Answer], Awaitable[None]]

FENCED = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
TOLD = 5  # problems in one repair turn


class NotValid(Exception):
    """An answer that does not fit; one line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


async def keep_nothing(turn: int, ask: Ask, answer: Answer) -> None:
    """Where nothing is recorded."""


async def ask_until_valid(
    provider: Provider,
    ask: Ask,
    on_text: OnText,
    repairs: int = 2,
    on_turn: Callable[[str], None] = lambda _: None,
    keep: Keep = keep_nothing,
) -> Answer:
    """An answer that fits the schema, if need be after `repairs` more turns.

    `on_turn` hears why each repair turn is taken, and `keep` what was answered in
    each. Raises ModelError.
    """
    used: Usage | None = None
    for turn in range(1, repairs + 2):
        answer = await _turn(provider, ask, on_text, used)
        used = together(used, answer.usage)
        try:
            schema = None if answer.calls else ask.schema
            value = read(answer.text, schema) if schema is not None else None
        except NotValid as wrong:
            await _kept(keep(turn, ask, answer), used)
            if turn > repairs:
                raise _given_up(answer.text, used, wrong) from None
            on_text("\n")  # before that is told: what it ends is the answer's line
            on_turn(f"the answer does not fit ({wrong}); asking again")
            ask = repaired(ask, answer.text, wrong)
        else:
            answer = msgspec.structs.replace(answer, value=value)
            await _kept(keep(turn, ask, answer), used)
            return msgspec.structs.replace(answer, usage=used)
    raise AssertionError("repairs is not negative")


async def _turn(
    provider: Provider, ask: Ask, on_text: OnText, used: Usage | None
) -> Answer:
    """One turn. When it fails, what was used before is not forgotten."""
    try:
        return await provider.answer(ask, on_text)
    except ModelError as error:
        if used is not None:
            error.usage = together(used, error.usage) if error.usage else used
        raise


async def _kept(keeping: Awaitable[None], used: Usage) -> None:
    """Wait until an answer is kept. It has been paid for, also when it can't be."""
    try:
        await keeping
    except ModelError as error:
        error.usage = used
        raise


def _given_up(text: str, used: Usage, wrong: NotValid) -> ModelError:
    return model_error(
        f"the model's answer does not fit `output`: {wrong}",
        retryable=True,
        details=text,
        usage=used,
        sign="output",
    )


def repaired(ask: Ask, text: str, wrong: NotValid) -> Ask:
    """The same question with the answer, what is wrong with it, and what is wanted."""
    problems = "\n".join(f"- {problem}" for problem in wrong.problems)
    schema = json.dumps(ask.schema, ensure_ascii=False)
    again = Message(
        "user",
        f"That answer can't be used:\n{problems}\n\nAnswer again with nothing but one"
        f" JSON object that fits this JSON Schema:\n{schema}",
    )
    earlier = (*ask.messages, Message("assistant", text), again)
    return msgspec.structs.replace(ask, messages=earlier)


def read(text: str, schema: dict[str, Json]) -> Json:
    """The JSON an answer holds, bare or in a fence. Raises NotValid."""
    fenced = FENCED.search(text)
    inside = fenced.group(1) if fenced else text
    try:
        value = json.loads(inside, parse_constant=_no_constant)
    except RecursionError:
        raise NotValid(["the JSON is nested too deeply"]) from None
    except ValueError as error:
        raise NotValid([f"it is not JSON: {error}"]) from None
    problems = misfits(value, schema)
    if problems:
        raise NotValid(problems)
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def misfits(value: Json, schema: dict[str, Json]) -> list[str]:
    """What keeps a value from fitting, at most a handful, by place."""
    from jsonschema import Draft202012Validator  # 60 ms: only when a model is asked

    checker = Draft202012Validator.FORMAT_CHECKER
    validator = Draft202012Validator(schema, format_checker=checker)
    found = sorted(validator.iter_errors(value), key=lambda e: list(map(str, e.path)))
    return [_told(error.json_path, error.message) for error in found[:TOLD]]


def _told(place: str, message: str) -> str:
    where = place.removeprefix("$").removeprefix(".")
    said = message if len(message) <= 200 else message[:199] + "…"
    return f"{where}: {said}" if where else said
