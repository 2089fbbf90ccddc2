"""Running a program in a process group of its own, and ending all of it.

A group is what a shell step leaves behind when it is stopped half-way: the shell, what
it started, and what that started. It is asked to end (SIGTERM), and made to (SIGKILL)
after a grace of five seconds. A program that calls setsid itself has left the group
and is not followed.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from msgspec import Struct

MB = 1024 * 1024
GRACE = 5.0  # seconds between asking a group to end and making it
QUIET = 0.2  # seconds without output after which an ended program's pipes are let go
LINGER = 2.0  # and for as long at most, when it is never quiet
KEPT_ERR = 64 * 1024
LOGGED_ERR = 10 * MB
OUT, ERR = 1, 2
STREAMS = {OUT: "out", ERR: "err"}
INHERITED = ("PATH", "HOME", "LANG", "LANGUAGE", "USER", "LOGNAME", "TMPDIR", "TZ")


class Finished(Struct, frozen=True):
    """How a program ended. `code` is negative for a signal; `err` is the last of it."""

    code: int
    out: str
    err: str


class TooMuchOutput(Exception):
    """The program wrote more to standard output than is kept, and was ended."""


class Program(Struct, frozen=True):
    """What to run: a command line for /bin/sh, or a list of arguments without one."""

    run: str | Sequence[str]
    cwd: Path
    env: Mapping[str, str] = {}
    stdin: str = ""
    keep: int = MB  # bytes of standard output

    @property
    def arguments(self) -> list[str]:
        return ["/bin/sh", "-c", self.run] if isinstance(self.run, str) else [*self.run]


def environment(added: Mapping[str, str]) -> dict[str, str]:
    """The few variables a program needs, none of our secrets, and `added`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in INHERITED or name.startswith("LC_")
    }
    return {**kept, "TERM": "dumb", **added}


async def execute(
    program: Program, log: Callable[[str, str], None], started: Callable[[int], None]
) -> Finished:
    """Run a program to its end; when cancelled, end its whole group first.

    Raises OSError or ValueError when it can't be started, TooMuchOutput.
    """
    child = Child(log, program.keep)
    spawning = asyncio.ensure_future(spawn(program, child))
    try:
        # Shielded: a cancellation here must not lose sight of a group that has begun.
        started(await asyncio.shield(spawning))
        await child.ended()
        return child.finished()
    finally:
        await asyncio.wait([spawning])
        if not spawning.exception():
            await child.put_away()


async def spawn(program: Program, child: Child) -> int:
    """Start a program as the leader of a new session, which is a group of its own."""
    loop = asyncio.get_running_loop()
    # A file, not a pipe: one who never reads it keeps nobody waiting.
    with tempfile.TemporaryFile() as stdin:
        stdin.write(program.stdin.encode())
        stdin.seek(0)
        transport, _ = await loop.subprocess_exec(
            lambda: child,
            *program.arguments,
            cwd=program.cwd,
            env=environment(program.env),
            stdin=stdin,
            start_new_session=True,
        )
    return transport.get_pid()


class Child(asyncio.SubprocessProtocol):
    """Hears a program: its output as it comes, its exit, its pipes falling quiet."""

    def __init__(self, log: Callable[[str, str], None], keep: int) -> None:
        self.log = log
        self.keep = keep
        self.out = bytearray()
        self.err = bytearray()
        self.logged_err = 0
        self.open = {OUT, ERR}
        self.exited = asyncio.Event()
        self.overflowed = asyncio.Event()
        self.heard = asyncio.Event()
        decoder = codecs.getincrementaldecoder("utf-8")
        # What is no UTF-8 goes along as it is: the log keeps the bytes.
        self.decoders = {fd: decoder("surrogateescape") for fd in STREAMS}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.heard.set()
        if self.overflowed.is_set():
            return
        if fd == OUT:
            self.out += data
            if len(self.out) > self.keep:
                self.overflowed.set()
        else:
            self.err += data
            del self.err[:-KEPT_ERR]
        self._tell(fd, self.decoders[fd].decode(data))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self.heard.set()
        if fd in self.open:
            self.open.discard(fd)
            self._tell(fd, self.decoders[fd].decode(b"", final=True))

    def process_exited(self) -> None:
        self.exited.set()

    def _tell(self, fd: int, text: str) -> None:
        if fd == ERR:
            before, self.logged_err = self.logged_err, self.logged_err + len(text)
            if self.logged_err > LOGGED_ERR:
                text = "\n… the rest is not logged\n" if before <= LOGGED_ERR else ""
        if text:
            self.log(STREAMS[fd], text)

    async def ended(self) -> None:
        """Wait for the exit and then for the pipes: to close, or to fall quiet.

        What was left in the background holds them open, and may write to them, for as
        long as it runs. Raises TooMuchOutput.
        """
        over = [asyncio.ensure_future(e.wait()) for e in (self.exited, self.overflowed)]
        try:
            await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in over:
                waiting.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                await self.quiet()
        if self.overflowed.is_set():
            raise TooMuchOutput

    async def quiet(self) -> None:
        """Wait until the pipes are closed, or nothing has come through for a while."""
        while self.open and not self.overflowed.is_set():
            self.heard.clear()
            await asyncio.wait_for(self.heard.wait(), QUIET)

    def finished(self) -> Finished:
        code = self.transport.get_returncode()
        assert code is not None  # it has exited
        out, err = (bytes(b).decode(errors="replace") for b in (self.out, self.err))
        return Finished(code, out, err)

    async def put_away(self) -> None:
        """End what is left of the group, and let go of the pipes."""
        try:
            await end_group(self.transport.get_pid(), GRACE)
            with contextlib.suppress(TimeoutError):
                # Until it is buried: closing the transport would ask a second time.
                await asyncio.wait_for(self.exited.wait(), GRACE)
        finally:
            self.transport.close()


async def end_group(group: int, grace: float) -> None:
    """Ask a process group to end, and make it after `grace` seconds."""
    if not signal_group(group, signal.SIGTERM):
        return
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while signal_group(group, 0):  # noqa: ASYNC110 (it has no event)
                    await asyncio.sleep(0.02)
    finally:
        signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: int) -> bool:
    """Send a signal; False when there is nobody left in the group to hear it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
