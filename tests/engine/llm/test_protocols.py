"""The other protocols: OpenAI's Responses, Anthropic's messages, and others' own."""

from __future__ import annotations

import importlib
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from engine.errors import WeirError
from engine.llm import provider as providers
from engine.llm.anthropic import Anthropic
from engine.llm.messages import Answer, Ask, Message, ModelError, OnText
from engine.llm.provider import key_from, provider
from engine.workspace import ProviderConfig
from tests.model_server import ModelServer, Reply, breaks_off, status, streams

ASK = Ask(
    messages=(
        Message("system", "Be brief."),
        Message("user", "Say hello."),
        Message("assistant", "Good day."),
        Message("user", "Shorter."),
    ),
    model="test-model",
    temperature=0.2,
    max_tokens=50,
)
KEY = "sk-very-secret-0123456789"
STRICT = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
}
LOOSE = {**STRICT, "required": []}


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{owner}_API_KEY", KEY)
        monkeypatch.delenv(f"{owner}_BASE_URL", raising=False)


def speaking(protocol: str, server: ModelServer) -> providers.Provider:
    # The anthropic package adds /v1 itself.
    url = server.url if protocol == "responses" else server.url.removesuffix("/v1")
    return provider("ours", ProviderConfig(protocol=protocol, base_url=url))


def response(**about: Any) -> dict[str, Any]:
    usage = {
        "input_tokens": 11,
        "output_tokens": 7,
        "total_tokens": 18,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    return {"id": "r", "object": "response", "usage": usage, "output": [], **about}


def delta(text: str, kind: str = "output_text") -> dict[str, Any]:
    return {"type": f"response.{kind}.delta", "delta": text, "item_id": "i"}


def ended(how: str, **about: Any) -> dict[str, Any]:
    return {"type": f"response.{how}", "response": response(**about)}


def block(text: str) -> dict[str, Any]:
    said = {"type": "text_delta", "text": text}
    return {"type": "content_block_delta", "index": 0, "delta": said}


def begun() -> dict[str, Any]:
    usage = {"input_tokens": 8, "cache_read_input_tokens": 3, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "content": []}
    return {"type": "message_start", "message": {**message, "usage": usage}}


def stopped(reason: str) -> dict[str, Any]:
    return {
        "type": "message_delta",
        "delta": {"stop_reason": reason},
        "usage": {"output_tokens": 7},
    }


ANSWERS = {
    "responses": streams(delta("Hello, "), delta("you."), ended("completed")),
    "anthropic": streams(begun(), block("Hello, "), block("you."), stopped("end_turn")),
}


@pytest.mark.parametrize("protocol", ANSWERS)
async def test_an_answer_streams_and_its_usage_is_known(
    server: ModelServer, protocol: str
) -> None:
    server.then(ANSWERS[protocol])
    heard: list[str] = []
    answer = await speaking(protocol, server).answer(ASK, heard.append)
    assert answer.text == "Hello, you."
    assert heard == ["Hello, ", "you."]
    used = answer.usage
    assert (used.model, used.provider) == ("test-model", "ours")
    assert (used.input_tokens, used.output_tokens) == (11, 7)
    assert used.first_token is not None


async def test_responses_are_asked_for_whole_and_kept_nowhere(
    server: ModelServer,
) -> None:
    server.then(ANSWERS["responses"])
    await speaking("responses", server).answer(ASK, lambda _: None)
    (asked,) = server.requests
    assert asked.path == "/v1/responses"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body == {
        "model": "test-model",
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": "Say hello."},
            {"role": "assistant", "content": "Good day."},
            {"role": "user", "content": "Shorter."},
        ],
        "stream": True,
        "store": False,
        "temperature": 0.2,
        "max_output_tokens": 50,
    }


async def test_messages_are_asked_for_as_anthropic_has_them(
    server: ModelServer,
) -> None:
    server.then(ANSWERS["anthropic"])
    await speaking("anthropic", server).answer(ASK, lambda _: None)
    (asked,) = server.requests
    assert asked.path == "/v1/messages"
    assert KEY in asked.headers.get("x-api-key", asked.headers["authorization"])
    assert asked.body == {
        "model": "test-model",
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": "Say hello."},
            {"role": "assistant", "content": "Good day."},
            {"role": "user", "content": "Shorter."},
        ],
        "max_tokens": 50,
        "stream": True,
        "temperature": 0.2,
    }


async def test_a_schema_is_held_by_the_provider_where_it_can_be(
    server: ModelServer,
) -> None:
    shut = {**STRICT, "additionalProperties": False}
    ask = Ask(messages=ASK.messages, model="m", schema=STRICT)
    for protocol in ANSWERS:
        server.then(ANSWERS[protocol])
        await speaking(protocol, server).answer(ask, lambda _: None)
    of_responses, of_messages = (asked.body for asked in server.requests)
    wanted = {"type": "json_schema", "name": "output", "schema": shut, "strict": True}
    assert of_responses["text"]["format"] == wanted
    wanted = {"type": "json_schema", "schema": shut}
    assert of_messages["output_config"]["format"] == wanted
    assert of_messages["max_tokens"] > 0, "the protocol wants one"


async def test_a_schema_that_can_not_be_held_is_told_in_words(
    server: ModelServer,
) -> None:
    ask = Ask(messages=ASK.messages, model="m", schema=LOOSE)
    server.then(ANSWERS["anthropic"])
    await speaking("anthropic", server).answer(ask, lambda _: None)
    (asked,) = server.requests
    assert "output_config" not in asked.body
    assert asked.body["system"].startswith("Be brief.\n\nAnswer with nothing but one")


@pytest.mark.parametrize(
    ("protocol", "reply", "said", "retryable"),
    [
        (
            "responses",
            streams(
                delta("Half"),
                ended("incomplete", incomplete_details={"reason": "max_output_tokens"}),
            ),
            "limit of 50; raise max_tokens",
            False,
        ),
        (
            "responses",
            streams(delta("Never.", "refusal"), ended("completed")),
            "refused: Never.",
            False,
        ),
        (
            "responses",
            streams(
                delta("Half"),
                ended("failed", error={"code": "server_error", "message": "oh"}),
            ),
            "broke off: server_error: oh",
            True,
        ),
        (
            "responses",
            streams(
                ended("failed", error={"code": "invalid_prompt", "message": "bad"})
            ),
            "broke off: invalid_prompt: bad",
            False,
        ),
        (
            "responses",
            streams(delta("Half")),
            "ended before the answer was whole",
            True,
        ),
        ("responses", status(401), "set OPENAI_API_KEY", False),
        ("responses", status(429, {"Retry-After": "7"}), "wants fewer requests", True),
        (
            "anthropic",
            streams(begun(), block("Half"), stopped("max_tokens")),
            "limit of 50; raise max_tokens",
            False,
        ),
        (
            "anthropic",
            streams(begun(), block("No"), stopped("refusal")),
            "content filter held the answer back",
            False,
        ),
        (
            "anthropic",
            streams(begun(), block("Half")),
            "ended before the answer was whole",
            True,
        ),
        ("anthropic", status(401), "set ANTHROPIC_API_KEY", False),
        (
            "anthropic",
            status(529, message="overloaded"),
            "trouble of its own (529)",
            True,
        ),
        ("anthropic", breaks_off("Half"), "can't reach", True),
        (
            "anthropic",
            streams(
                begun(),
                {
                    "type": "error",
                    "error": {"type": "overloaded_error", "message": "busy"},
                },
            ),
            "busy",
            True,
        ),
    ],
)
async def test_a_failure_says_what_to_do_and_whether_to_try_again(
    server: ModelServer, protocol: str, reply: Reply, said: str, retryable: bool
) -> None:
    server.then(reply)
    with pytest.raises(ModelError) as caught:
        await speaking(protocol, server).answer(ASK, lambda _: None)
    failure = caught.value.failure
    assert said in failure.message
    assert KEY not in failure.message + failure.details
    assert failure.retryable is retryable
    assert len(server.requests) == 1, "a retry is the step's, never the provider's"


async def test_without_the_package_it_is_told_what_to_install(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(name: str, *_: object) -> object:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", gone)
    with pytest.raises(ModelError, match=r"pip install 'weir-workbench\[anthropic\]'"):
        await Anthropic("anthropic", ProviderConfig()).answer(ASK, lambda _: None)


class Parrot:
    """Another package's provider."""

    def __init__(self, name: str, config: ProviderConfig) -> None:
        if config.model == "none":
            raise ValueError("a parrot needs a model")
        self.name = name

    async def answer(self, ask: Ask, on_text: OnText) -> Answer:
        return Answer(f"{self.name}: {ask.messages[-1].content}")


@pytest.fixture
def parrot(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("parrot", f"{__name__}:Parrot", providers.GROUP)
    monkeypatch.setattr(providers, "installed", lambda: {"parrot": point})


@pytest.mark.usefixtures("parrot")
async def test_a_package_may_bring_a_provider() -> None:
    by_name = provider("parrot", ProviderConfig())
    by_protocol = provider("polly", ProviderConfig(protocol="parrot"))
    assert (await by_name.answer(ASK, print)).text == "parrot: Shorter."
    assert (await by_protocol.answer(ASK, print)).text == "polly: Shorter."
    assert "parrot" in providers.names()
    with pytest.raises(WeirError, match="can't be used: ValueError: a parrot needs"):
        provider("parrot", ProviderConfig(model="none"))


def test_who_speaks_what_nobody_knows_is_told_what_is_known() -> None:
    with pytest.raises(WeirError, match=r"'respones', which nobody.*mean responses\?"):
        provider("ours", ProviderConfig(protocol="respones"))
    with pytest.raises(WeirError, match=r"`anthropc`; did you mean anthropic\?"):
        provider("anthropc", ProviderConfig())


def test_a_key_is_looked_for_where_the_protocol_has_it() -> None:
    assert key_from("openai", ProviderConfig()) == "env:OPENAI_API_KEY"
    assert key_from("ours", ProviderConfig(protocol="anthropic")) == (
        "env:ANTHROPIC_API_KEY"
    )
    assert key_from("ours", ProviderConfig(base_url="http://x", api_key="env:K")) == (
        "env:K"
    )
    assert key_from("mock", ProviderConfig()) == ""
