"""A step that asks a language model."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from engine.definition.fields import json_schema
from engine.definition.kinds import Fallback, Llm
from engine.definition.model import Agent
from engine.definition.render import render, render_value
from engine.errors import WeirError
from engine.llm.messages import in_words
from engine.llm.mock import Mock
from engine.llm.prices import FREE, MILLION, price_of, priced
from engine.llm.provider import (
    Answer,
    Ask,
    Message,
    ModelError,
    Provider,
    ask_until_valid,
    provider,
)
from engine.llm.recording import Recorder
from engine.llm.replay import Replay
from engine.llm.secrets import Hide, hiding, secrets_of
from engine.llm.structured import keep_nothing
from engine.machine.falling_back import asked_instead
from engine.machine.state import Cassette, Usage
from engine.steps.approval import digest_of as request_digest
from engine.steps.calls import asked_for, callable_as, told
from engine.steps.reusing import kept_answer, recorded_in
from engine.steps.work import Asks, Done, StepFailed, Work, failed
from engine.workspace import ProviderConfig
from store.logs import PROMPT

Json = Any

NOBODY = Agent(name="")
DEFAULT, MOCK = "openai", "mock"


async def perform(work: Work, do: Llm) -> Done | Asks:
    """Ask, and hold the answer to `output`; without one it is `{"text": …}`."""
    name = provider_asked(work, do)
    config = work.workspace.config.providers.get(name, ProviderConfig())
    asked_of = provider_named(name, config)
    ask = ask_of(work, do, agent_of(work, do), config)
    if isinstance(asked_of, Replay):
        asked_of, ask = (
            await played(work, asked_of),
            replace(ask, model=named_model(work, do)),
        )
    if isinstance(asked_of, Mock) and do.mock is not None:
        asked_of.said = render_value(do.mock, work.scope)
    asked = digest_of(name, ask)
    if (kept := await kept_answer(work, do, asked, asked_of)) is not None:
        return kept
    free = isinstance(asked_of, Replay)
    if not free and (asks := await too_much(work, name, ask)) is not None:
        return asks
    say_who(work, do, name, ask)
    answer = await answered(work, do, asked_of, ask)
    if answer.text:
        work.log("llm", "\n")
    usage = charged(work, do, answer.usage)
    return Done(output_of(work, do, answer), usage=usage, asked=asked)


def output_of(work: Work, do: Llm, answer: Answer) -> Json:
    """What the step leaves: the answer, or the calls that come before there is one."""
    left = answer.value if work.step.output else {"text": answer.text}
    if not do.tools:
        return left
    asked = asked_for(answer, do.tools)
    for call in (*asked["calls"], *asked["wrong"]):
        work.log("info", f"asks for {call['tool']} with {call['arguments']}\n")
    return asked | {"left": None if answer.calls else left}


async def answered(work: Work, do: Llm, asked_of: Provider, ask: Ask) -> Answer:
    """What the model says, with all that was used for it. Raises StepFailed."""
    recorder = await recorder_of(work, do)
    try:
        if recorder is not None:
            await recorder.require_writable()
        for number, message in enumerate(ask.messages):
            apart = "\n" if number else ""  # an empty line between two
            work.log(PROMPT, f"{apart}{in_words(message)}")
        return await ask_until_valid(
            asked_of,
            ask,
            lambda text: work.log("llm", text),
            on_turn=lambda turn: work.log("info", f"{turn}\n"),
            keep=recorder.keep if recorder is not None else keep_nothing,
        )
    except ModelError as error:
        used = charged(work, do, error.usage) if error.usage else None
        raise StepFailed(error.failure, used) from error


def charged(work: Work, do: Llm, usage: Usage) -> Usage:
    """With what it costs, and on behalf of which agent."""
    found = priced(usage, work.workspace.config.prices)
    return replace(found, agent=name_asked(work, do))


def say_who(work: Work, do: Llm, name: str, ask: Ask) -> None:
    """Tell that a fallback is asked, and which; and where no model is at all."""
    if name == MOCK:
        work.log("info", "mock answers: no model is asked\n")
    if instead_of(work, do) is not None:
        who = f"{name}/{ask.model}" if ask.model else name
        work.log("info", f"asking {who} instead\n")


async def recorder_of(work: Work, do: Llm) -> Recorder | None:
    cassette = recorded_in(work)
    if cassette is None:
        return None
    return Recorder(
        work.workspace.root,
        cassette,
        (work.path, work.attempt),
        named_model(work, do),
        await hide_of(work),
    )


async def played(work: Work, by: Replay) -> Replay:
    """The provider at this step of the run's cassette, or of weir.toml's."""
    cassette = work.state.cassette or Cassette("")
    file = "" if cassette.run else cassette.file
    hide = await hide_of(work)
    return by.placed(work.workspace.root, file, cassette.inside + work.path, hide)


async def hide_of(work: Work) -> Hide:
    # A keyring is another process, and may ask the person at the screen.
    found = await asyncio.to_thread(secrets_of, work.workspace.config)
    return hiding(found)


def named_model(work: Work, do: Llm) -> str:
    """The model that the workflow names; weir.toml may differ where it is played."""
    return do.model or agent_of(work, do).model or ""


async def too_much(work: Work, provider: str, ask: Ask) -> Asks | None:
    """What a person is asked before a model that costs more than may be spent.

    What it will answer is not known: counted are the question, and what came before.
    """
    if not work.budgeted or provider in FREE:
        return None
    price = price_of(ask.model, work.workspace.config.prices)
    if price is None:
        raise failed(
            "limit",
            f"the run has a budget, and no price is known of {ask.model or 'it'};"
            " say it under [prices] in weir.toml",
        )
    tokens = sum(len(in_words(message)) for message in ask.messages) / 4
    cost = tokens * price.input / MILLION
    asked = await asyncio.to_thread(work.too_much, ask.model, cost)
    if asked is None:
        return None
    return Asks(asked, request_digest(work.run, work.path, asked))


def digest_of(provider: str, ask: Ask) -> str:
    """SHA-256 of the whole question: who is asked, for what, in which shape."""
    plain = msgspec.json.encode([provider, ask.plain()], order="sorted")
    return sha256(plain).hexdigest()


def agent_of(work: Work, do: Llm) -> Agent:
    return work.workflow.agents[do.agent] if do.agent else NOBODY


def provider_asked(work: Work, do: Llm) -> str:
    """Who is asked: what the run says, then the step, its agent, weir.toml.

    A fallback stands for the step, with the agent that it names, or else the step's.
    """
    config = work.workspace.config
    instead = instead_of(work, do)
    own = do.provider
    if instead is not None:
        own = instead.provider or (None if instead.agent else do.provider)
    of_agent = agent_asked(work, do).provider
    return work.provider or own or of_agent or config.provider or DEFAULT


def instead_of(work: Work, do: Llm) -> Fallback | None:
    """The fallback that this attempt asks; None for the one that the step names."""
    step = work.state.steps.get(work.path)
    return asked_instead(work.workflow, do, step.fallback if step else 0)


def agent_asked(work: Work, do: Llm) -> Agent:
    """Whose provider and model it is: a fallback's agent, or the step's."""
    name = name_asked(work, do)
    return work.workflow.agents[name] if name else NOBODY


def name_asked(work: Work, do: Llm) -> str:
    instead = instead_of(work, do)
    return (instead.agent if instead else None) or do.agent or ""


def model_asked(work: Work, do: Llm) -> str:
    """The model that the workflow names for this attempt; empty where it names none."""
    instead = instead_of(work, do)
    own = do.model if instead is None else instead.model
    return own or agent_asked(work, do).model or ""


def provider_named(name: str, config: ProviderConfig) -> Provider:
    try:
        return provider(name, config)
    except WeirError as error:
        raise failed("model", str(error)) from error


def ask_of(work: Work, do: Llm, agent: Agent, config: ProviderConfig) -> Ask:
    system = render(do.system or agent.system, work.scope).strip()
    prompt = render(do.prompt, work.scope)
    messages = [Message("system", system)] if system else []
    temperature = agent.temperature if do.temperature is None else do.temperature
    return Ask(
        messages=(*messages, Message("user", prompt), *told(work.turns)),
        model=model_asked(work, do) or config.model or work.workspace.config.model,
        schema=json_schema(work.step.output) if work.step.output else None,
        temperature=temperature,
        max_tokens=do.max_tokens or agent.max_tokens,
        tools=tuple(callable_as(tool) for tool in do.tools),
    )
