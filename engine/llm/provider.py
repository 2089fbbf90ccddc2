"""The model providers by name, and all that asking one takes."""

from __future__ import annotations

from difflib import get_close_matches

from engine.errors import WeirError
from engine.llm.messages import Answer as Answer
from engine.llm.messages import Ask as Ask
from engine.llm.messages import Message as Message
from engine.llm.messages import ModelError as ModelError
from engine.llm.messages import Provider as Provider
from engine.llm.mock import Mock
from engine.llm.openai import OpenAI
from engine.llm.structured import ask_until_valid as ask_until_valid
from engine.workspace import ProviderConfig

NAMES = ("openai", "mock")


def provider(name: str, config: ProviderConfig) -> Provider:
    """The provider of that name. With a `base_url`, any name speaks as openai does.

    Raises WeirError for a name nobody knows.
    """
    if name == "mock":
        return Mock()
    if name == "openai" or config.base_url:
        return OpenAI(name, config)
    near = get_close_matches(name, NAMES, 1)
    right = f"did you mean {near[0]}?" if near else f"known: {', '.join(NAMES)}"
    raise WeirError(
        f"there is no model provider `{name}`; {right}"
        f" (or give [providers.{name}] a base_url in weir.toml)"
    )
