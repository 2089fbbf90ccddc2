"""Context from the answer of a program or of a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.context.found import Absent, Found, Surroundings, Unavailable, of_bytes
from engine.process import Program, TooMuchOutput, execute
from engine.web import Call, CallFailed, CallRefused, fetch, is_listed

Json = Any


async def output_of(around: Surroundings, command: str) -> Found:
    """What a command line prints: JSON when it is an object or a list, else text."""
    program = Program(command, around.workspace.root, around.env)
    try:
        finished = await execute(program, around.log, around.started)
    except TooMuchOutput as error:
        raise Unavailable(
            "limit", "more than 1 MB on standard output; write it to a file"
        ) from error
    except (OSError, ValueError) as error:
        raise Unavailable("exit", f"{command!r} can't be started: {error}") from error
    if finished.code:
        last = finished.err.strip().rpartition("\n")[2]
        said = f"exit status {finished.code}" + (f": {last}" if last else "")
        raise Unavailable("exit", said, True, sign=f"exit:{finished.code}")
    text = finished.out.removesuffix("\n")
    return of_bytes(structured(text), "shell", finished.out.encode())


def structured(text: str) -> Json:
    """A text, or the object or list that it spells as JSON."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


async def answer_of(
    around: Surroundings, url: str, headers: Mapping[str, str] = {}
) -> Found:
    """What a server answers, as JSON. Nothing there (404, 410) is absent data."""
    try:
        private = is_listed(url, around.workspace.config.http.hosts)
        reply = await fetch(Call("GET", url, dict(headers), private=private))
    except CallRefused as error:
        raise Unavailable("http", str(error)) from error
    except CallFailed as error:
        raise Unavailable("http", str(error), True, sign="unanswered") from error
    where = url.partition("?")[0]  # what follows may hold a key
    if reply.status in (404, 410):
        raise Absent(f"{where} answered {reply.status}")
    if not 200 <= reply.status < 300:
        raise Unavailable(
            "http",
            f"{where} answered {reply.status}",
            reply.may_pass,
            sign=f"status:{reply.status}",
            retry_after=reply.retry_after if reply.may_pass else None,
        )
    try:
        return of_bytes(msgspec.json.decode(reply.body), where, reply.body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unavailable("http", f"{where} did not answer JSON: {error}") from error
