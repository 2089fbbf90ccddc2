"""A model provider over the network: where it is, its key, its model, one question."""

from __future__ import annotations

import asyncio
import importlib
import os
from abc import ABC, abstractmethod
from types import ModuleType
from typing import Any, ClassVar

from engine.errors import WeirError
from engine.extras import how_to_add
from engine.hidden import place_of, value_at
from engine.llm.heard import Heard
from engine.llm.messages import Answer, Ask, OnText, model_error
from engine.llm.refusals import explained
from engine.machine.state import Usage
from engine.workspace import ProviderConfig

KEYLESS = "none"  # what servers that want no key are sent


class Server(ABC):
    """`name` is the provider's in weir.toml: several may speak one protocol."""

    package: ClassVar[str]  # what speaks the protocol
    owner: ClassVar[str]  # who is asked when no other address is given
    url_name: ClassVar[str]  # the environment variable that may give one
    key_name: ClassVar[str]  # the environment variable of the key
    extra: ClassVar[str] = ""  # what to install where the package is not there

    def __init__(self, name: str, config: ProviderConfig) -> None:
        self.name = name
        self.config = config

    @property
    def url(self) -> str:
        """The server; "" is the owner's own."""
        return self.config.base_url or os.environ.get(self.url_name, "")

    async def answer(self, ask: Ask, on_text: OnText) -> Answer:
        package = await self._package()
        model, key = self._model(ask), self._key()
        heard = Heard(Usage(model=model, provider=self.name), on_text)
        try:
            await self.listen(package, ask, model, key, heard)
        except self._caught(package) as error:
            raise explained(package, error, self, model, key, heard.usage()) from error
        return heard.answer(ask)

    async def listen(
        self, package: ModuleType, ask: Ask, model: str, key: str, heard: Heard
    ) -> None:
        """Ask, and hear the answer to its end. Leaving early closes the connection."""
        async with (
            self.client(package, key) as client,
            await self.stream(client, ask, model) as stream,
        ):
            async for event in stream:
                self.hear(event, heard)

    @abstractmethod
    def client(self, package: ModuleType, key: str) -> Any:
        """The package's client, to be entered."""

    @abstractmethod
    async def stream(self, client: Any, ask: Ask, model: str) -> Any:
        """The events of an answer, to be entered."""

    @abstractmethod
    def hear(self, event: Any, heard: Heard) -> None:
        """Take what an event says. Raises ModelError where it says what went wrong."""

    @abstractmethod
    def trouble(self, package: ModuleType) -> type[Exception]:
        """What all errors of the package are."""

    def _caught(self, package: ModuleType) -> tuple[type[Exception], ...]:
        import httpx2  # the packages stand on it, and have imported it

        return (self.trouble(package), httpx2.HTTPError, ValueError)

    def client_options(self, key: str) -> dict[str, Any]:
        return {
            "api_key": key,
            "base_url": self.url or None,
            "timeout": self.config.timeout,
            "max_retries": 0,  # retries are the step's, recorded one by one
        }

    async def _package(self) -> ModuleType:
        # 0.4 s of import, which other steps need not wait for.
        try:
            return await asyncio.to_thread(importlib.import_module, self.package)
        except ModuleNotFoundError as error:
            if not self.extra or error.name != self.package:
                raise
            raise model_error(
                f"provider {self.name} needs the package {self.package}:"
                f" {how_to_add(self.extra)}, then `weir runner stop` and retry",
                retryable=False,
            ) from error

    def _model(self, ask: Ask) -> str:
        model = ask.model or self.config.model
        if model:
            return model
        raise model_error(
            "no model is named; set `model` in weir.toml, at its top or under"
            f" [providers.{self.name}], or in the agent, or run with --provider mock",
            retryable=False,
        )

    @property
    def key_from(self) -> str:
        """Where its key is: env:NAME or keyring:SERVICE/NAME."""
        return self.config.api_key or f"env:{self.key_name}"

    def _key(self) -> str:
        try:
            place = place_of(f"api_key of [providers.{self.name}]", self.key_from)
            key = value_at(place)
        except WeirError as error:
            raise model_error(str(error), retryable=False) from error
        if not key and not self.url:
            raise model_error(missing_key(str(place)), retryable=False)
        return key or KEYLESS


def missing_key(place: str) -> str:
    return (
        f"there is no key: set {place.removeprefix('env:')} and wake a runner that"
        " knows it (`weir runner stop`, then run again), or run with --provider mock"
    )
