"""How long a step may take, and how many may ask one provider: at a time, in a minute.

A provider that takes so many questions or tokens in a minute is asked by nobody beyond
that, in the order of asking; one that says when it will answer again is left alone
until then. All runs that a runner is at work on share this.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from engine.handle import Engine
from engine.machine.state import Usage

MINUTE = 60.0
Log = Callable[[str, str], None]


def within(seconds: float | None) -> AbstractAsyncContextManager[Any]:
    """At most so long. Most steps have no limit, and need no timer that says so."""
    return contextlib.nullcontext() if seconds is None else asyncio.timeout(seconds)


class Bucket:
    """So much in a minute. What is taken beyond what is there is owed, and waited for.

    None: as much as there is. Times are seconds of any clock that does not jump.
    """

    def __init__(self, each_minute: int | None, now: float) -> None:
        self._most = each_minute
        self._there = float(each_minute or 0)
        self._at = now

    def wait(self, amount: float, now: float) -> float:
        """Seconds until so much is there; no more is ever waited for than it holds."""
        if self._most is None:
            return 0.0
        rate = self._most / MINUTE
        self._there = min(float(self._most), self._there + (now - self._at) * rate)
        self._at = now
        return max(0.0, (min(amount, self._most) - self._there) / rate)

    def take(self, amount: float) -> None:
        self._there -= amount


class Pace:
    """How fast one provider is asked."""

    def __init__(self, requests: int | None, tokens: int | None, now: float) -> None:
        self.limits = (requests, tokens)
        self.line = asyncio.Lock()  # whoever waits keeps the others behind them
        self._requests = Bucket(requests, now)
        self._tokens = Bucket(tokens, now)
        self._held_until = now

    def wait(self, now: float) -> float:
        """Seconds until the next question may be asked; 0: now."""
        return max(
            self._held_until - now,
            self._requests.wait(1, now),
            self._tokens.wait(1, now),
            0.0,
        )

    def ask(self) -> None:
        self._requests.take(1)

    def used(self, tokens: int) -> None:
        """What an answer has used: known only when it is there."""
        self._tokens.take(tokens)

    def hold(self, until: float) -> None:
        self._held_until = max(self._held_until, until)


class Turns:
    """Whose turn it is at each provider."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._at_once: dict[str, tuple[int, asyncio.Semaphore]] = {}
        self._paces: dict[str, Pace] = {}

    def at(self, provider: str | None, log: Log) -> AbstractAsyncContextManager[None]:
        """A turn at a provider; at once where there is no limit, or no provider."""
        if provider is None:
            return contextlib.nullcontext()
        return self._turn(provider, log)

    def answered(
        self, provider: str | None, usage: Usage | None, retry_after: float | None
    ) -> None:
        """What came of a turn: what it used, and when there is to be another."""
        if provider is None:
            return
        pace = self._pace(provider)
        if usage is not None:
            pace.used(usage.input_tokens + usage.output_tokens)
        if retry_after is not None:
            pace.hold(now() + retry_after)

    @contextlib.asynccontextmanager
    async def _turn(self, provider: str, log: Log) -> AsyncIterator[None]:
        most = self._engine.workspace.config.limits.providers.get(provider)
        async with contextlib.AsyncExitStack() as turn:
            if most is not None:
                places = self._places(provider, most)
                if places.locked():
                    words = f"waits until {provider} has answered one of {most}"
                    log("info", f"{words}; [limits] asks no more at once\n")
                await turn.enter_async_context(places)
            await self._wait(provider, log)
            yield

    def _places(self, provider: str, most: int) -> asyncio.Semaphore:
        """For so many at once; who has one by an older weir.toml is not counted."""
        known = self._at_once.get(provider)
        if known is None or known[0] != most:
            known = self._at_once[provider] = (most, asyncio.Semaphore(most))
        return known[1]

    async def _wait(self, provider: str, log: Log) -> None:
        pace = self._pace(provider)
        async with pace.line:
            while (seconds := pace.wait(now())) > 0:
                log("info", f"{provider} takes no more now; waits {seconds:.1f} s\n")
                await asyncio.sleep(seconds)
            pace.ask()

    def _pace(self, provider: str) -> Pace:
        config = self._engine.workspace.config.providers.get(provider)
        limits = (
            (config.requests_per_minute, config.tokens_per_minute)
            if config
            else (None, None)
        )
        known = self._paces.get(provider)
        if known is None or known.limits != limits:  # weir.toml may have changed
            known = self._paces[provider] = Pace(*limits, now())
        return known


def now() -> float:
    """Seconds of the event loop's clock, which does not jump."""
    return asyncio.get_running_loop().time()
