"""Answers held to a schema, and asked for again when they do not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import WeirError
from engine.llm.provider import Ask, Message, ModelError, ask_until_valid, provider
from engine.llm.structured import NotValid, read
from engine.workspace import ProviderConfig
from tests.model_server import ModelServer, says, says_json, status

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "minimum": 0, "maximum": 100},
        "on": {"type": "string", "format": "date"},
    },
    "required": ["score"],
}
ASK = Ask((Message("user", "How risky?"),), model="m", schema=SCHEMA)


def ask(server: ModelServer, **more: Any) -> Any:
    asked = provider("openai", ProviderConfig(base_url=server.url))
    return ask_until_valid(asked, ASK, lambda _: None, **more)


async def test_a_fitting_answer_is_parsed_in_one_turn(server: ModelServer) -> None:
    server.then(says_json({"score": 7}))
    answer = await ask(server)
    assert answer.value == {"score": 7}
    assert answer.usage.turns == 1
    wanted = server.requests[0].body["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["schema"]["required"] == ["score"]


async def test_rubbish_is_told_what_was_wrong_and_asked_again(
    server: ModelServer,
) -> None:
    server.then(says("I think 7?"), says_json({"score": 700}), says_json({"score": 70}))
    turns: list[str] = []
    answer = await ask(server, on_turn=turns.append)
    assert answer.value == {"score": 70}
    assert (answer.usage.turns, answer.usage.input_tokens) == (3, 33)
    assert len(turns) == 2
    assert "it is not JSON" in turns[0]
    assert "score: 700 is greater than the maximum of 100" in turns[1]
    roles = [m["role"] for m in server.requests[2].body["messages"]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]
    last = server.requests[2].body["messages"][-1]["content"]
    assert "greater than the maximum" in last
    assert json.dumps(SCHEMA) in last


async def test_an_answer_ends_its_line_before_it_is_told_what_was_wrong(
    server: ModelServer,
) -> None:
    server.then(says("I think 7?"), says_json({"score": 70}))
    heard: list[str] = []
    asked = provider("openai", ProviderConfig(base_url=server.url))
    await ask_until_valid(asked, ASK, heard.append, on_turn=heard.append)
    said = heard.index("\n")
    assert "".join(heard[:said]) == "I think 7?"
    assert heard[said + 1].endswith("asking again")


async def test_after_two_repairs_it_is_an_error_with_the_answer(
    server: ModelServer,
) -> None:
    server.then(says("a"), says("b"), says("rubbish c"))
    with pytest.raises(ModelError) as caught:
        await ask(server)
    failure = caught.value.failure
    assert failure.message.startswith("the model's answer does not fit `output`")
    assert failure.details == "rubbish c"
    assert caught.value.usage is not None
    assert caught.value.usage.turns == 3
    assert len(server.requests) == 3


async def test_what_earlier_turns_used_is_kept_when_a_repair_fails(
    server: ModelServer,
) -> None:
    server.then(says("a"), status(500))
    with pytest.raises(ModelError) as caught:
        await ask(server)
    assert caught.value.usage is not None
    assert caught.value.usage.input_tokens == 11


async def test_without_a_schema_text_is_text(server: ModelServer) -> None:
    asked = provider("openai", ProviderConfig(base_url=server.url))
    plain = Ask((Message("user", "Hi"),), model="m")
    answer = await ask_until_valid(asked, plain, lambda _: None)
    assert (answer.text, answer.value) == ("A plain answer.", None)


@pytest.mark.parametrize(
    "text",
    [
        '{"score": 7}',
        ' \n{"score": 7}\n',
        '```json\n{"score": 7}\n```',
        '```\n{"score": 7}\n```',
        'Here it is:\n```json\n{"score": 7}\n```\nAnything else?',
    ],
)
def test_json_is_read_bare_or_in_a_fence(text: str) -> None:
    assert read(text, SCHEMA) == {"score": 7}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is not JSON"),
        ("score 7", "it is not JSON"),
        ('{"score": NaN}', "NaN is no JSON number"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "is not of type 'object'"),
        ("{}", "'score' is a required property"),
        ('{"score": 1.5}', "score: 1.5 is not of type 'integer'"),
        ('{"score": 1, "on": "soon"}', "on: 'soon' is not a 'date'"),
    ],
)
def test_what_does_not_fit_is_told_by_place(text: str, said: str) -> None:
    with pytest.raises(NotValid, match=said):
        read(text, SCHEMA)


def test_an_unknown_provider_names_the_nearest() -> None:
    with pytest.raises(
        WeirError, match="no model provider `opnai`; did you mean openai"
    ):
        provider("opnai", ProviderConfig())


def test_a_name_of_one_s_own_needs_a_server() -> None:
    assert provider("local", ProviderConfig(base_url="http://127.0.0.1:1/v1"))
    with pytest.raises(WeirError, match=r"\[providers.local\] a base_url"):
        provider("local", ProviderConfig())
