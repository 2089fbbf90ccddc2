"""A browser's window and the workbench behind it: a process that ends with it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import IO

from aiohttp import WSMsgType, web

from engine.process import end_group, environment
from tui.browser.hearing import echoed, heard

BEGINS = b"__GANGLION__\n"  # what Textual's web driver says before the first packet
WAKE = b'{"type": "wake"}'  # as Textual's driver writes what a workbench asks
GRACE = 3.0  # seconds for a workbench to leave by itself
KEPT = 4096  # bytes of what a workbench says as it dies
# Besides what any program of ours is given: where the person's own things are, and from
# where they are logged in. No key of a model, no secret: the runner has those.
PASSED_ON = (
    "NO_COLOR",
    "SSH_CONNECTION",
    "WEIR_PATIENCE",
    "WEIR_STATE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
)


def given(width: int, height: int) -> dict[str, str]:
    """The environment of a workbench of that size."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    drawn = {
        "TERM": "xterm-256color",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "COLUMNS": str(width),
        "ROWS": str(height),
    }
    return environment({**passed, **drawn})


class Window:
    """Carries keys to a workbench and its screen back, until one of the two has ended.

    `wake` is called when the workbench asks for a runner.
    """

    def __init__(
        self, root: Path, *, read_only: bool, wake: Callable[[], None]
    ) -> None:
        # -P: a folder with its own `store/` must not shadow ours.
        module = (sys.executable, "-P", "-m", "tui.browser.child")
        self.command = [*module, str(root), *(["--read-only"] if read_only else [])]
        self.wake = wake

    async def open(self, socket: web.WebSocketResponse, size: tuple[int, int]) -> str:
        """Be open until the browser or the workbench leaves; why it died, or ""."""
        with tempfile.TemporaryFile() as said:
            child = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=said,
                cwd="/",
                env=given(*size),
                start_new_session=True,
            )
            sides = [
                asyncio.create_task(self._show(socket, child)),
                asyncio.create_task(self._hear(socket, child)),
            ]
            try:
                await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for side in sides:
                    side.cancel()
                await asyncio.gather(*sides, return_exceptions=True)
                if WAKE in await put_away(child):
                    self.wake()
            return last_words(said) if child.returncode else ""

    async def _show(self, socket: web.WebSocketResponse, child: Process) -> None:
        assert child.stdout is not None
        # The browser may be gone in the middle of a screen, and the workbench as well.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await child.stdout.readuntil(BEGINS)
            while True:
                kind = await child.stdout.readexactly(1)
                size = int.from_bytes(await child.stdout.readexactly(4), "big")
                payload = await child.stdout.readexactly(size)
                if kind == b"D":
                    await socket.send_bytes(payload)
                elif kind + payload == b"M" + WAKE:
                    self.wake()

    async def _hear(self, socket: web.WebSocketResponse, child: Process) -> None:
        assert child.stdin is not None
        with contextlib.suppress(ConnectionError):
            async for message in socket:
                if message.type != WSMsgType.TEXT:
                    continue
                if (packet := heard(message.data)) is not None:
                    child.stdin.write(packet)
                    await child.stdin.drain()
                elif (answer := echoed(message.data)) is not None:
                    await socket.send_str(answer)


async def put_away(child: Process) -> bytes:
    """Let a workbench leave, which it does when nobody can type; else end it.

    What it still had to say: what was decided and held is sent while it leaves.
    """
    assert child.stdin is not None
    child.stdin.close()
    try:
        async with asyncio.timeout(GRACE):
            said, _ = await child.communicate()
            return said
    except TimeoutError:
        await end_group(child.pid, GRACE)
        await child.wait()
        return b""


def last_words(said: IO[bytes]) -> str:
    """The last line that a process wrote about itself."""
    end = said.seek(0, os.SEEK_END)
    said.seek(max(0, end - KEPT))
    lines = said.read().decode("utf-8", "replace").strip().split("\n")
    return lines[-1].strip() or "it said nothing"
