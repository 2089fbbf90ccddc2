"""How long a step may take, and how many may ask one provider at a time."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AbstractAsyncContextManager
from typing import Any

from engine.handle import Engine


def within(seconds: float | None) -> AbstractAsyncContextManager[Any]:
    """At most so long. Most steps have no limit, and need no timer that says so."""
    return contextlib.nullcontext() if seconds is None else asyncio.timeout(seconds)


class Turns:
    """Whose turn it is at each provider that weir.toml sets a limit for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._providers: dict[str, asyncio.Semaphore] = {}

    def at(self, provider: str | None) -> AbstractAsyncContextManager[None]:
        """A turn at a provider; at once where there is no limit, or no provider."""
        most = self._engine.workspace.config.limits.providers.get(provider or "")
        if provider is None or most is None:
            return contextlib.nullcontext()
        return self._providers.setdefault(provider, asyncio.Semaphore(most))
