"""A step that asks a language model."""

from __future__ import annotations

from engine.definition.fields import json_schema
from engine.definition.kinds import Llm
from engine.definition.model import Agent
from engine.definition.render import render
from engine.errors import WeirError
from engine.llm.prices import priced
from engine.llm.provider import (
    Ask,
    Message,
    ModelError,
    Provider,
    ask_until_valid,
    provider,
)
from engine.steps.work import Done, StepFailed, Work, failed
from engine.workspace import ProviderConfig

NOBODY = Agent(name="")
DEFAULT = "openai"


async def perform(work: Work, do: Llm) -> Done:
    """Ask, and hold the answer to `output`; without one it is `{"text": …}`."""
    agent = agent_of(work, do)
    name = provider_asked(work, do)
    config = work.workspace.config.providers.get(name, ProviderConfig())
    ask = ask_of(work, do, agent, config)
    prices = work.workspace.config.prices
    work.log("prompt", "\n\n".join(message.content for message in ask.messages) + "\n")
    try:
        answer = await ask_until_valid(
            provider_named(name, config),
            ask,
            lambda text: work.log("llm", text),
            on_turn=lambda turn: work.log("info", f"{turn}\n"),
        )
    except ModelError as error:
        used = priced(error.usage, prices) if error.usage else None
        raise StepFailed(error.failure, used) from error
    work.log("llm", "\n")
    left = answer.value if work.step.output else {"text": answer.text}
    return Done(left, usage=priced(answer.usage, prices))


def agent_of(work: Work, do: Llm) -> Agent:
    return work.workflow.agents[do.agent] if do.agent else NOBODY


def provider_asked(work: Work, do: Llm) -> str:
    """Who is asked: what the run says, then the step, its agent, weir.toml."""
    of_agent = agent_of(work, do).provider
    config = work.workspace.config
    return work.provider or do.provider or of_agent or config.provider or DEFAULT


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
        messages=(*messages, Message("user", prompt)),
        model=do.model or agent.model or config.model or work.workspace.config.model,
        schema=json_schema(work.step.output) if work.step.output else None,
        temperature=temperature,
        max_tokens=do.max_tokens or agent.max_tokens,
    )
