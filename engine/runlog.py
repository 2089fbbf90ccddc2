"""Collecting what steps write, and keeping it twenty times a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from engine.handle import Engine
from store.logs import PROMPT
from store.records import LogRecord

EVERY = 0.05  # seconds
MOST = 500  # pieces; more are kept at once
PRINTED = frozenset({"out", "err"})  # by programs, whose bytes may be no UTF-8


class RunLog:
    """The log of every attempt a runner makes, in batches."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[LogRecord] = []  # each with the end of its line
        self._timer: asyncio.TimerHandle | None = None

    def writer(self, run: str, path: str, attempt: int) -> Callable[[str, str], None]:
        """What an attempt writes with: a stream and a text, which may be partial.

        Of the stream `prompt` each text is a whole message, without its line's end.
        What a program printed that is no UTF-8 comes as Python escapes it (PEP 383).
        """

        def write(stream: str, text: str) -> None:
            if stream not in PRINTED:
                # Half a surrogate pair, as a model may send one, can't be stored.
                text = text.encode(errors="replace").decode()
            if stream == PROMPT:  # a message, which is kept as one
                self._add(run, path, attempt, stream, text + "\n")
                return
            for piece in text.splitlines(keepends=True):
                self._add(run, path, attempt, stream, piece)

        return write

    def flush(self) -> None:
        """Hand over all that waits. What the store refuses is lost and harms no run."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._engine.log([*map(_kept, self._waiting)])
            self._waiting = []

    def _add(self, run: str, path: str, attempt: int, stream: str, piece: str) -> None:
        is_open = not piece.endswith(("\n", "\r"))
        last = self._waiting[-1] if self._waiting else None
        if last and last.open and _same(last, run, path, attempt, stream):
            self._waiting[-1] = replace(last, text=last.text + piece, open=is_open)
            return
        self._waiting.append(
            LogRecord(
                run=run,
                path=path,
                attempt=attempt,
                at=self._engine.clock(),
                stream=stream,
                text=piece,
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


def _kept(piece: LogRecord) -> LogRecord:
    """A piece as it is stored: its text, and its bytes where that doesn't say them."""
    raw = piece.text.encode(errors="surrogateescape")
    text = raw.decode(errors="replace").removesuffix("\n").removesuffix("\r")
    kept = replace(piece, text=text)
    if piece.stream == PROMPT or kept.written == raw:
        return kept
    return replace(kept, exact=raw)
