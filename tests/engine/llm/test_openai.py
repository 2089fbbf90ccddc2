"""The openai provider against a real server on loopback."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from engine.llm.openai import request
from engine.llm.provider import Ask, Message, ModelError, provider
from engine.llm.refusals import wait_asked
from engine.llm.strict import closed
from engine.workspace import ProviderConfig
from tests.model_server import (
    ModelServer,
    Reply,
    breaks_off,
    complains,
    hangs,
    refuses,
    rubbish,
    says,
    status,
    waits,
)

ASK = Ask(
    messages=(Message("system", "Be brief."), Message("user", "Say hello.")),
    model="test-model",
    temperature=0.2,
    max_tokens=50,
)
KEY = "sk-very-secret-0123456789"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def config(server: ModelServer, **more: object) -> ProviderConfig:
    return ProviderConfig(base_url=server.url, **more)  # type: ignore[arg-type]


async def failed(server: ModelServer, *replies: Reply, ask: Ask = ASK) -> ModelError:
    server.then(*replies)
    with pytest.raises(ModelError) as caught:
        await provider("openai", config(server)).answer(ask, lambda _: None)
    assert KEY not in caught.value.failure.message + caught.value.failure.details
    return caught.value


async def test_an_answer_streams_and_its_usage_is_known(server: ModelServer) -> None:
    server.then(says("Hello, you.", chunks=3))
    heard: list[str] = []
    answer = await provider("openai", config(server)).answer(ASK, heard.append)
    assert answer.text == "Hello, you." == "".join(heard)
    assert len(heard) == 3
    used = answer.usage
    assert (used.model, used.provider) == ("test-model", "openai")
    assert (used.input_tokens, used.output_tokens, used.turns) == (11, 7, 1)
    assert used.first_token is not None
    assert 0 < used.first_token <= used.seconds


async def test_what_is_asked_is_what_the_wire_carries(server: ModelServer) -> None:
    await provider("openai", config(server)).answer(ASK, lambda _: None)
    (asked,) = server.requests
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body == {
        "model": "test-model",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Say hello."},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.2,
        "max_tokens": 50,
    }


async def test_text_is_heard_before_the_answer_has_ended(server: ModelServer) -> None:
    gate = threading.Event()
    server.then(waits("first second", gate, chunks=2))
    heard: list[str] = []

    def on_text(text: str) -> None:
        heard.append(text)
        gate.set()  # without what was heard, the rest never comes

    answer = await provider("openai", config(server)).answer(ASK, on_text)
    assert heard == ["first ", "second"]
    assert answer.text == "first second"


async def test_the_environment_names_the_server(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    answer = await provider("openai", ProviderConfig()).answer(ASK, lambda _: None)
    assert answer.text == "A plain answer."


async def test_a_refused_key_is_named_as_it_is_configured(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOUSE_KEY", KEY)
    server.then(status(401))
    asked = provider("house", config(server, api_key="env:HOUSE_KEY"))
    with pytest.raises(ModelError) as caught:
        await asked.answer(ASK, print)
    assert "set HOUSE_KEY and wake a runner" in caught.value.failure.message
    assert "OPENAI" not in caught.value.failure.message


async def test_a_local_server_needs_no_key(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    await provider("openai", config(server)).answer(ASK, lambda _: None)
    assert server.requests[0].headers["authorization"] == "Bearer none"


async def test_without_a_key_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ModelError, match="set OPENAI_API_KEY and wake a runner"):
        await provider("openai", ProviderConfig()).answer(ASK, lambda _: None)


async def test_a_key_in_a_file_is_refused(server: ModelServer) -> None:
    with pytest.raises(ModelError, match="must be env:NAME"):
        await provider("openai", config(server, api_key="sk-abc")).answer(ASK, print)


async def test_a_model_must_be_named(server: ModelServer) -> None:
    nameless = Ask(messages=ASK.messages)
    failure = (await failed(server, ask=nameless)).failure
    assert "no model is named; set `model`" in failure.message
    assert not failure.retryable
    assert server.requests == []


@pytest.mark.parametrize(
    ("reply", "said", "retryable", "after"),
    [
        (status(429, {"Retry-After": "7"}), "wants fewer requests", True, 7.0),
        (
            status(
                429,
                {
                    "Retry-After": "Sat, 21 Nov 2026 10:00:30 GMT",
                    "Date": "Sat, 21 Nov 2026 10:00:00 GMT",
                },
            ),
            "wants fewer requests",
            True,
            30.0,
        ),
        (status(429, message="You exceeded your quota"), "no quota left", False, None),
        (status(500), "has trouble of its own (500): no", True, None),
        (status(503, {"Retry-After": "2"}), "has trouble of its own", True, 2.0),
        (status(408), "refused the request (408)", True, None),
        (status(400, message="bad thing"), "(400): bad thing", False, None),
        (status(401, message=f"wrong {KEY}"), "set OPENAI_API_KEY", False, None),
        (status(403), "does not allow this key", False, None),
        (status(404), "has no model test-model", False, None),
        (rubbish(), "no event stream", True, None),
        (rubbish(b""), "ended before the answer was whole", True, None),
        (breaks_off("Half"), "can't reach", True, None),
        (breaks_off("Half", politely=True), "ended before the answer", True, None),
        (complains("Half", "overloaded"), "broke off: overloaded", True, None),
        (refuses("I can't do that."), "refused: I can't do that.", False, None),
        (
            says("Half of", finish="length"),
            "limit of 50; raise max_tokens",
            False,
            None,
        ),
        (says("x", finish="content_filter"), "content filter", False, None),
        (says("  \n"), "the model answered nothing", True, None),
    ],
)
async def test_a_failure_says_what_to_do_and_whether_to_try_again(
    server: ModelServer,
    reply: Reply,
    said: str,
    retryable: bool,
    after: float | None,
) -> None:
    failure = (await failed(server, reply)).failure
    assert said in failure.message
    assert "\n" not in failure.message
    assert failure.kind == "model"
    assert (failure.retryable, failure.retry_after) == (retryable, after)
    assert len(server.requests) == 1, "a retry is the step's, never the provider's"


async def test_what_was_cut_off_is_kept_in_the_details(server: ModelServer) -> None:
    error = await failed(server, says("Half of it", finish="length"))
    assert error.failure.details == "Half of it"
    assert error.usage is not None
    assert error.usage.output_tokens == 7


async def test_a_server_that_says_nothing_times_out(server: ModelServer) -> None:
    server.then(hangs())
    asked = provider("openai", config(server, timeout=0.2))
    with pytest.raises(ModelError, match="said nothing for") as caught:
        await asked.answer(ASK, lambda _: None)
    assert caught.value.failure.retryable
    assert caught.value.failure.sign == "unanswered"


async def test_nobody_there_is_told_with_the_address() -> None:
    nobody = ProviderConfig(base_url="http://127.0.0.1:9/v1")
    with pytest.raises(
        ModelError, match=r"can't reach http://127\.0\.0\.1:9/v1"
    ) as caught:
        await provider("openai", nobody).answer(ASK, lambda _: None)
    assert caught.value.failure.retryable
    assert caught.value.failure.sign == "unanswered"


@pytest.mark.parametrize("begun", ["", "Some text"])
async def test_cancelling_hangs_up(server: ModelServer, begun: str) -> None:
    server.then(hangs(begun))
    asking = asyncio.create_task(
        provider("openai", config(server)).answer(ASK, lambda _: None)
    )
    assert await asyncio.to_thread(server.asked.wait, 10)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.to_thread(server.hung_up.wait, 10)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("0", 0.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("999999", 3600.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
def test_a_wait_is_understood_or_left_out(told: str, seconds: float | None) -> None:
    assert wait_asked({"retry-after": told}) == seconds


RISK = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "default": 3},
        "why": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "required": ["a"],
            },
        },
    },
    "required": ["score", "why"],
}


def test_a_schema_of_required_values_is_asked_for_strictly() -> None:
    schema, strict = closed(RISK)
    assert strict
    assert schema["additionalProperties"] is False
    assert schema["properties"]["score"] == {"type": "integer"}
    assert schema["properties"]["why"]["items"]["additionalProperties"] is False


def test_a_schema_with_an_optional_value_goes_as_it_is() -> None:
    loose = {**RISK, "required": ["score"]}
    assert closed(loose) == (loose, False)
    open_object = {"type": "object", "properties": {}, "required": []}
    assert closed(open_object) == (open_object, False)


def test_openai_itself_is_told_the_limit_by_its_newer_name() -> None:
    asked = request(ASK, "m", elsewhere=False)
    assert asked["max_completion_tokens"] == 50
    assert "max_tokens" not in asked


def test_naming_a_provider_loads_no_openai() -> None:
    program = (
        "import sys; from engine.llm.provider import provider;"
        "from engine.workspace import ProviderConfig as P;"
        "provider('openai', P());"
        "sys.exit('openai' in sys.modules or 'jsonschema' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
