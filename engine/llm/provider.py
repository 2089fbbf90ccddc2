"""The model providers by name, and all that asking one takes.

A provider speaks a protocol. Those that come with Weir stand in the table below; any
other is an entry point of the group `weir.providers`: a name, and what is called with
the provider's name and its table of weir.toml, and answers with a `Provider`.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from engine.errors import WeirError
from engine.llm.messages import Answer as Answer
from engine.llm.messages import Ask as Ask
from engine.llm.messages import Message as Message
from engine.llm.messages import ModelError as ModelError
from engine.llm.messages import Provider as Provider
from engine.llm.server import Server
from engine.llm.structured import ask_until_valid as ask_until_valid
from engine.workspace import ProviderConfig

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "weir.providers"
CHAT = "chat"
Make = Callable[[str, ProviderConfig], Provider]

# Read as: this protocol is spoken by that. What is not asked for is not imported.
PROTOCOLS = {
    "mock": "engine.llm.mock:Mock",
    CHAT: "engine.llm.openai:OpenAI",
    "responses": "engine.llm.responses:Responses",
    "anthropic": "engine.llm.anthropic:Anthropic",
    "replay": "engine.llm.replay:Replay",
}
# Providers whose name is not that of what they speak.
SPEAKS = {"openai": CHAT}
NAMES = ("openai", "anthropic", "mock", "replay")


def provider(name: str, config: ProviderConfig) -> Provider:
    """The provider of that name. With a `base_url`, any name speaks as openai does.

    Raises WeirError for a name, or a protocol, that nobody knows.
    """
    told = spoken(name, config)
    if told not in PROTOCOLS:
        return made_by(installed()[told], name, config)
    module, _, attribute = PROTOCOLS[told].partition(":")
    make: Make = getattr(import_module(module), attribute)
    return make(name, config)


def spoken(name: str, config: ProviderConfig) -> str:
    """The protocol of the provider of that name. Raises WeirError if it has none."""
    told = config.protocol or SPEAKS.get(name, name)
    if told in PROTOCOLS or told in installed():
        return told
    if config.base_url and not config.protocol:
        return CHAT
    raise unknown(name, told, config, [*NAMES, *PROTOCOLS, *installed()])


def key_from(name: str, config: ProviderConfig) -> str:
    """Where the provider of that name has its key: env:NAME; empty if it needs none."""
    try:
        known = provider(name, config)
    except WeirError:
        return config.api_key
    return known.key_from if isinstance(known, Server) else config.api_key


def names() -> tuple[str, ...]:
    """The providers that need no table in weir.toml."""
    return (*NAMES, *installed())


@cache
def installed() -> dict[str, EntryPoint]:
    """The providers that other packages bring, by name."""
    from importlib.metadata import entry_points  # slow to import, and seldom asked for

    return {point.name: point for point in entry_points(group=GROUP)}


def made_by(point: EntryPoint, name: str, config: ProviderConfig) -> Provider:
    """What an entry point makes. Raises WeirError when it can't, whatever it raises."""
    try:
        made: Provider = point.load()(name, config)
    except Exception as error:  # someone else's code
        raise WeirError(
            f"provider {name}: {point.value} can't be used:"
            f" {type(error).__name__}: {error}"
        ) from error
    return made


def unknown(
    name: str, told: str, config: ProviderConfig, spoken: list[str]
) -> WeirError:
    known = [*dict.fromkeys(spoken)]
    near = get_close_matches(told, known, 1)
    right = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    if config.protocol:
        return WeirError(
            f"[providers.{name}] protocol is {told!r}, which nobody speaks; {right}"
        )
    return WeirError(
        f"there is no model provider `{name}`; {right}"
        f" (or give [providers.{name}] a base_url in weir.toml)"
    )
