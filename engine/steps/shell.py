"""A step that runs a program in the workspace."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.definition.kinds import Shell
from engine.definition.render import render
from engine.definition.typed import Fields
from engine.files import FileRefused, safe_folder
from engine.process import Finished, Program, TooMuchOutput, execute
from engine.steps.output import declared
from engine.steps.work import Done, Work, failed

Json = Any

LAST_LINES = 20  # of standard error, kept with a failure


async def perform(work: Work, do: Shell) -> Done:
    """Run it to its end. A status other than 0 has failed."""
    program = program_of(work, do)
    try:
        finished = await execute(program, work.log, work.started)
    except TooMuchOutput as error:
        raise failed(
            "limit", "more than 1 MB on standard output; write it to a file instead"
        ) from error
    except FileNotFoundError as error:
        raise failed("exit", f"there is no program {program.arguments[0]}") from error
    except (OSError, ValueError) as error:
        raise failed(
            "exit", f"{program.arguments[0]} can't be started: {reason(error)}"
        ) from error
    if finished.code:
        refuse(finished)
    return Done(output_of(finished, work.step.output))


def program_of(work: Work, do: Shell) -> Program:
    scope = work.scope
    try:
        folder = safe_folder(work.workspace.root, render(do.cwd or ".", scope))
    except FileRefused as error:
        raise failed("exit", f"cwd: {error}") from error
    return Program(
        run=render(do.run, scope)
        if isinstance(do.run, str)
        else [render(argument, scope) for argument in do.run],
        cwd=folder,
        env={n: render(v, scope) for n, v in do.env.items()} | work.variables,
        stdin=render(do.stdin or "", scope),
    )


def reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def refuse(finished: Finished) -> None:
    lines = finished.err.strip().splitlines()
    ended = f"exit status {finished.code}"
    if finished.code < 0:
        ended = f"ended by signal {-finished.code}"
    message = f"{ended}: {lines[-1].strip()}" if lines else ended
    details = "\n".join(lines[-LAST_LINES:])
    sign = f"exit:{finished.code}" if finished.code > 0 else ""
    raise failed("exit", message, details=details, retryable=True, sign=sign)


def output_of(finished: Finished, fields: Fields) -> Json:
    """What later steps read: the text, or the JSON that `output` declares."""
    text = finished.out.removesuffix("\n")
    if not fields:
        return {"stdout": text, "stderr": finished.err, "exit": finished.code}
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise failed(
            "output",
            f"standard output is not the JSON that `output` declares: {error}",
            details=text[:2000],
        ) from error
    return declared(fields, value, "standard output")
