"""Waiting for the store's writer from an event loop, with one wake-up a commit.

`asyncio.wrap_future` writes to the loop's socket for every future, which for fifty
commands in a commit costs more than the commit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any, TypeVar

from store.writing import Writer

T = TypeVar("T")
Pair = tuple[Future[Any], asyncio.Future[Any]]


class Bridge:
    """From one writer's thread to one event loop. Made, and awaited, on that loop."""

    def __init__(self, writer: Writer) -> None:
        self._loop = asyncio.get_running_loop()
        self._done: deque[Pair] = deque()
        writer.after_each(self._wake)

    async def result(self, future: Future[T]) -> T:
        """What the writer's future holds, once it is done."""
        waiting: asyncio.Future[T] = self._loop.create_future()
        future.add_done_callback(lambda done: self._done.append((done, waiting)))
        if future.done():
            self._loop.call_soon(self._deliver)
        return await waiting

    def _wake(self) -> None:
        if self._done and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        while self._done:
            done, waiting = self._done.popleft()
            if waiting.done():
                continue  # whoever waited was cancelled
            error = done.exception()
            if error is not None:
                waiting.set_exception(error)
            else:
                waiting.set_result(done.result())
