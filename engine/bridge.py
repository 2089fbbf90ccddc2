"""Waiting for the store's writer from an event loop, with one wake-up a commit.

`asyncio.wrap_future` writes to the loop's socket for every future, which for fifty
commands in a commit costs more than the commit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from store.writing import Batch, Job, Writer

T = TypeVar("T")
Pair = tuple[Job[Any], asyncio.Future[Any]]


class Bridge:
    """From one writer's thread to one event loop. Made, and awaited, on that loop."""

    def __init__(self, writer: Writer) -> None:
        self._loop = asyncio.get_running_loop()
        self._writer = writer
        self._done: deque[Pair] = deque()
        writer.after_each(self._wake)

    async def done(self, work: Callable[[Batch], T]) -> T:
        """What comes of a piece of work, once it is on disk. Raises what it raises."""
        waiting: asyncio.Future[T] = self._loop.create_future()
        self._writer.call(work, lambda job: self._done.append((job, waiting)))
        return await waiting

    def _wake(self) -> None:
        if self._done and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        while self._done:
            job, waiting = self._done.popleft()
            if waiting.done():
                continue  # whoever waited was cancelled
            if job.error is not None:
                waiting.set_exception(job.error)
            else:
                waiting.set_result(job.result)
