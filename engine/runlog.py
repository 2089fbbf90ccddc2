"""Collecting what steps write, and keeping it twenty times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.handle import Engine
from store.logs import PROMPT
from store.records import LogRecord

EVERY = 0.05  # seconds
MOST = 500  # pieces; more are kept at once


class RunLog:
    """The log of every attempt a runner makes, in batches."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[LogRecord] = []
        self._timer: asyncio.TimerHandle | None = None

    def writer(self, run: str, path: str, attempt: int) -> Callable[[str, str], None]:
        """What an attempt writes with: a stream and a text, which may be partial.

        Of the stream `prompt` each text is a whole message, without its line's end.
        """

        def write(stream: str, text: str) -> None:
            # Half a surrogate pair, as a model may send one, can't be stored.
            whole = text.encode(errors="replace").decode()
            if stream == PROMPT:  # a message, which is kept as one
                self._add(run, path, attempt, stream, whole + "\n")
                return
            for piece in whole.splitlines(keepends=True):
                self._add(run, path, attempt, stream, piece)

        return write

    def flush(self) -> None:
        """Hand over all that waits. What the store refuses is lost and harms no run."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._engine.log(self._waiting)
            self._waiting = []

    def _add(self, run: str, path: str, attempt: int, stream: str, piece: str) -> None:
        line = piece.removesuffix("\n").removesuffix("\r")
        is_open = line == piece
        last = self._waiting[-1] if self._waiting else None
        if last and last.open and _same(last, run, path, attempt, stream):
            self._waiting[-1] = LogRecord(
                run=run,
                path=path,
                attempt=attempt,
                at=last.at,
                stream=stream,
                text=last.text + line,
                open=is_open,
            )
            return
        self._waiting.append(
            LogRecord(
                run=run,
                path=path,
                attempt=attempt,
                at=self._engine.clock(),
                stream=stream,
                text=line,
                open=is_open,
            )
        )
        if len(self._waiting) >= MOST:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self.flush)


def _same(last: LogRecord, run: str, path: str, attempt: int, stream: str) -> bool:
    where = (last.run, last.path, last.attempt, last.stream)
    return where == (run, path, attempt, stream)
