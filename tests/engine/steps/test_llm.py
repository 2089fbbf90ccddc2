"""An llm step asks the model it should, and logs what it asked and heard."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from engine.definition.kinds import Llm
from engine.definition.model import Agent, Step, Workflow
from engine.definition.typed import Field
from engine.machine.state import Failure
from engine.steps import Done, StepFailed, perform
from engine.steps.llm import provider_asked
from engine.workspace import Config, Price, ProviderConfig

ANALYST = Agent(
    name="analyst",
    system="You judge {{ inputs.what }}.",
    model="agent-model",
    temperature=0.5,
    max_tokens=10,
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIR_TEST_KEY", "a-key-of-nobody")


def step(do: Llm, **more: Any) -> Step:
    return Step(id="risk", kind="llm", do=do, **more)


def work_of(make_work: Any, it: Step, config: Config | None = None, **more: Any) -> Any:
    workflow = Workflow(name="w", steps=(it,), agents={"analyst": ANALYST})
    scope = {"inputs": {"what": "risk", "arr": 5}}
    return make_work(it, scope, config, workflow=workflow, **more)


def said(log: list[tuple[str, str]], stream: str) -> str:
    return "".join(text for name, text in log if name == stream)


async def test_the_prompt_and_the_answer_are_logged(make_work: Any, log: Any) -> None:
    it = step(Llm(prompt="ARR is {{ inputs.arr }}.", agent="analyst"))
    done = await perform(work_of(make_work, it, provider="mock"), 0.0)
    assert isinstance(done, Done)
    messages = [text for name, text in log if name == "prompt"]
    assert messages == ["You judge risk.", "\nARR is 5."]
    assert said(log, "llm").strip() == done.output["text"].strip()
    assert len([stream for stream, _ in log if stream == "llm"]) > 2
    assert done.usage is not None
    assert done.usage.provider == "mock"


async def test_declared_output_is_a_value_that_fits(make_work: Any) -> None:
    fields = {
        "score": Field(type="integer", minimum=0, maximum=100),
        "health": Field(enum=("Good", "Watch")),
    }
    it = step(Llm(prompt="Judge."), output=fields)
    done = await perform(work_of(make_work, it, provider="mock"), 0.0)
    assert set(done.output) == {"score", "health"}
    assert 0 <= done.output["score"] <= 100
    assert done.output["health"] in ("Good", "Watch")


async def test_mock_answers_what_the_step_has_it_say_and_the_log_says_who_did(
    make_work: Any, log: Any
) -> None:
    do = Llm(prompt="Judge.", mock={"score": 7, "why": "{{ inputs.what }} is low"})
    it = step(do, output={"score": Field(type="integer"), "why": Field(type="string")})
    done = await perform(work_of(make_work, it, provider="mock"), 0.0)
    assert done.output == {"score": 7, "why": "risk is low"}
    assert said(log, "info") == "mock answers: no model is asked\n"


PROVIDERS = [
    (Llm(prompt="", provider="own", agent="analyst"), "run", "run"),
    (Llm(prompt="", provider="own", agent="analyst"), "", "own"),
    (Llm(prompt=""), "", "configured"),
]


@pytest.mark.parametrize(("do", "override", "name"), PROVIDERS)
def test_the_run_says_who_is_asked_then_the_step_then_weir_toml(
    make_work: Any, do: Llm, override: str, name: str
) -> None:
    known = ProviderConfig(base_url="http://x")
    config = Config(provider="configured", providers={name: known})
    work = work_of(make_work, step(do), config, provider=override)
    assert provider_asked(work, do) == name


def completion(text: str) -> bytes:
    """One whole answer of a chat, streamed in one piece and its end."""
    piece = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [
            {"index": 0, "delta": {"content": text}, "finish_reason": "stop"},
        ],
    }
    return f"data: {json.dumps(piece)}\n\ndata: [DONE]\n\n".encode()


def at(server: Any, **more: Any) -> Config:
    known = ProviderConfig(
        base_url=f"{server.url}/v1", api_key="env:WEIR_TEST_KEY", **more
    )
    return Config(provider="here", providers={"here": known}, model="default-model")


@pytest.mark.parametrize(
    ("do", "model", "temperature"),
    [
        (Llm(prompt="Hello"), "default-model", None),
        (Llm(prompt="Hello", agent="analyst"), "agent-model", 0.5),
        (Llm(prompt="Hello", agent="analyst", model="m", temperature=0), "m", 0),
    ],
)
async def test_step_before_agent_before_weir_toml(
    make_work: Any, server: Any, do: Llm, model: str, temperature: float | None
) -> None:
    server.answer(
        "/v1/chat/completions", completion("Hi."), Content_Type="text/event-stream"
    )
    done = await perform(work_of(make_work, step(do), at(server)), 0.0)
    assert done.output == {"text": "Hi."}
    sent = json.loads(server.seen[0].body)
    assert (sent["model"], sent.get("temperature")) == (model, temperature)
    assert sent["messages"][-1] == {"role": "user", "content": "Hello"}
    assert (len(sent["messages"]) == 2) == (do.agent is not None)


async def test_an_answer_that_is_too_large_has_been_paid_for(
    make_work: Any, server: Any
) -> None:
    answer = completion("x" * 2**20)
    server.answer("/v1/chat/completions", answer, Content_Type="text/event-stream")
    with pytest.raises(StepFailed, match="the answer is larger than 1 MB") as caught:
        await perform(work_of(make_work, step(Llm(prompt="Hello")), at(server)), 0.0)
    assert caught.value.usage is not None
    assert caught.value.usage.model == "default-model"


async def failure(work: Any) -> Failure:
    with pytest.raises(StepFailed) as caught:
        await perform(work, 0.0)
    return caught.value.failure


async def test_a_refusal_of_the_model_is_the_failure(
    make_work: Any, server: Any
) -> None:
    server.answer("/v1/chat/completions", b'{"error": {"message": "slow down"}}', 429)
    it = step(Llm(prompt="Hello"))
    known = await failure(work_of(make_work, it, at(server)))
    assert (known.kind, known.retryable) == ("model", True)
    assert known.sign == "status:429"


async def test_an_answer_that_never_fits_carries_what_it_cost(
    make_work: Any, server: Any
) -> None:
    server.answer(
        "/v1/chat/completions", completion("rubbish"), Content_Type="text/event-stream"
    )
    it = step(Llm(prompt="Judge."), output={"n": Field(type="integer")})
    with pytest.raises(StepFailed) as caught:
        await perform(work_of(make_work, it, at(server)), 0.0)
    assert caught.value.failure.kind == "model"
    assert "rubbish" in caught.value.failure.details
    assert caught.value.usage is not None
    assert caught.value.usage.turns == len(server.seen) == 3


async def test_an_answer_is_kept_with_what_it_cost(make_work: Any, server: Any) -> None:
    used = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    last = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    told = json.dumps({**last, "choices": [], "usage": used}).encode()
    whole = completion("Hello").replace(
        b"data: [DONE]", b"data: " + told + b"\n\ndata: [DONE]"
    )
    server.answer("/v1/chat/completions", whole, Content_Type="text/event-stream")
    config = replace(at(server), prices={"default-model": Price(2.0, 10.0)})
    done = await perform(work_of(make_work, step(Llm(prompt="Hello")), config), 0.0)
    assert isinstance(done, Done)
    assert done.usage is not None
    assert done.usage.cost == pytest.approx(0.002 + 0.005)


async def test_a_provider_that_nobody_knows_is_named(make_work: Any) -> None:
    it = step(Llm(prompt="Hello", provider="opnai"))
    known = await failure(work_of(make_work, it))
    assert "opnai" in known.message
    assert not known.retryable
