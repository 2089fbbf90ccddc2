"""A line of `weir` commands typed in the workbench: what it says, and doing it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from engine.errors import WeirError
from tui.actions import Here

WEIR = (sys.executable, "-P", "-c", "from tui.cli import main; main()")
STANDS = ("RUN", "MARKED", "STEP", "ID", "WORKFLOW", "PROJECT")
LONGEST = 64 * 1024  # bytes of one line
# What would draw over the workbench, or wait for keys that it does not get.
OWN_TERMINAL = ("open", "serve", "demo")


def words_of(line: str, here: Here) -> list[str]:
    """The words of a command, with what is chosen in place of its capitals.

    Raises WeirError for what can't be one.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise WeirError(f"that is no command: {error}") from None
    if words[:1] == ["weir"]:
        words = words[1:]
    if not words:
        raise WeirError("say a command, such as: why RUN")
    if words[0] in OWN_TERMINAL:
        raise WeirError(f"`weir {words[0]}` needs a terminal of its own")
    return [stands_for(word, here) for word in words]


def typed(root: Path, words: list[str]) -> list[str]:
    """The process that does a command which was typed inside of Weir.

    What it says to type next is what can be typed there.
    """
    return [*WEIR, "--typed", "-C", str(root), *words]


def stands_for(word: str, here: Here) -> str:
    """What RUN, ID and the like stand for; any other word itself."""
    if word not in STANDS:
        return word
    value = stands_for_in(here)[word]
    if value is None:
        raise WeirError(f"{word} stands for what is chosen in a pane, and none is here")
    return value


def stands_for_in(here: Here) -> dict[str, str | None]:
    """What the capitals of a command stand for, where it is chosen."""
    return {
        "RUN": here.run_id,
        "MARKED": here.marked_run or None,
        "STEP": here.path,
        "ID": here.approval.id if here.approval else None,
        "WORKFLOW": workflow_of(here),
        "PROJECT": here.project.name if here.project else None,
    }


def filled(command: str, here: Here) -> str:
    """An action's command line, with what is chosen as far as it is."""
    chosen = stands_for_in(here)
    words = ((word, chosen.get(word)) for word in command.split(" "))
    return " ".join(shlex.quote(value) if value else word for word, value in words)


def workflow_of(here: Here) -> str | None:
    if here.definition is not None and here.definition.kind == "workflow":
        return here.definition.name
    chosen = here.run or here.approval
    return chosen.workflow if chosen is not None else None


async def lines_of(
    words: list[str], root: Path, ended: Callable[[int], None]
) -> AsyncIterator[str]:
    """Do a command in a process of its own, and give what it prints, line by line.

    The last line says how it ended where it did not end well, and `ended` hears it.
    Who stops listening ends it.
    """
    process = await asyncio.create_subprocess_exec(
        *typed(root, words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120"},
        start_new_session=True,
        limit=LONGEST,
    )
    assert process.stdout is not None
    try:
        while line := await next_line(process.stdout):
            yield line.decode(errors="replace").rstrip("\n")
        code = await process.wait()
        ended(code)
        if code:
            yield f"(ended with {code})"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()


async def next_line(output: asyncio.StreamReader) -> bytes:
    """The next line, or a piece of one that is too long; nothing at the end."""
    try:
        return await output.readuntil(b"\n")
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as over:
        return await output.readexactly(over.consumed)
