"""Sending a message to a target, in a process that can be ended."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from engine.errors import WeirError
from engine.extras import how_to_add
from engine.notifying import apprising
from engine.notifying.address import address_of, hiding
from engine.notifying.words import Message, clean
from engine.process import Program, TooMuchOutput, execute
from engine.workspace import Config

PATIENCE = 60.0  # seconds until the process is ended
WHY = 300  # characters
# How a network is reached, where it is not reached directly.
NETWORK = (
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
)


class Sent(Struct, frozen=True):
    """What became of a message; unknown: it may have arrived."""

    end: Literal["sent", "failed", "unknown", "unfit"]
    why: str = ""


async def ready(config: Config, target: str) -> str:
    """The address of a target. Raises WeirError where nothing can be sent to it."""
    if find_spec("apprise") is None:
        raise WeirError(f"notifications need more: {how_to_add('notify')}")
    # A keyring is another process, and may ask the person at the screen.
    return await asyncio.to_thread(address_of, config, target)


async def send(config: Config, target: str, address: str, message: Message) -> Sent:
    """Send it, once, to an address that is `ready`."""
    sent = await _send(address, message)
    hidden = hiding(config, target, address)
    return Sent(sent.end, clean(hidden.cut(sent.why), WHY))


async def _send(address: str, message: Message) -> Sent:
    asked = {"address": address, "title": message.title, "body": message.body}
    program = Program(
        # -P: what stands beside the program must not shadow what it imports.
        [sys.executable, "-P", "-B", apprising.__file__],
        Path("/"),
        {name: os.environ[name] for name in NETWORK if name in os.environ},
        msgspec.json.encode(asked).decode(),
    )
    try:
        async with asyncio.timeout(PATIENCE):
            done = await execute(program, lambda *_: None, lambda _: None)
    except TimeoutError:
        return Sent("unknown", f"it took longer than {PATIENCE:.0f} s")
    except OSError as error:
        return Sent("failed", f"the program that sends it can't be started: {error}")
    except TooMuchOutput:
        return Sent("unknown", "the program that sends it said too much")
    try:
        return msgspec.json.decode(done.out, type=Sent)
    except msgspec.DecodeError:
        last = (done.err.strip().splitlines() or ["it said nothing"])[-1]
        return Sent("unknown", f"the program that sends it ended: {last}")
