"""A step that calls a function of the workspace, in a process of its own."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import msgspec

from engine import calling
from engine.definition.kinds import Python
from engine.definition.render import render_value
from engine.process import Program, TooMuchOutput, execute
from engine.steps.output import declared
from engine.steps.shell import reason, refuse
from engine.steps.work import Done, Json, Work, failed

MOST = 1024 * 1024  # bytes of the value it returns


async def perform(work: Work, do: Python) -> Done:
    """Leaves what the function returns: with `output` its fields, else as `value`."""
    given = msgspec.json.encode(render_value(do.with_, work.scope)).decode()
    with tempfile.TemporaryDirectory() as folder:
        result, code = Path(folder) / "result.json", Path(folder) / "code.json"
        await call(work, do, given, result, code)
        value = value_in(result)
        files = msgspec.json.decode(code.read_bytes(), type=dict[str, str])
    if work.step.output:
        returned = f"what {do.call} returns"
        return Done(declared(work.step.output, value, returned), code=files)
    return Done({"value": value}, code=files)


async def call(work: Work, do: Python, given: str, result: Path, code: Path) -> None:
    root = work.workspace.root
    python = work.workspace.config.python.executable or sys.executable
    program = Program(
        [
            *(python, "-u", "-B", calling.__file__),
            *(str(root), do.call, str(result), str(code)),
        ],
        root,
        work.variables,
        given,
    )
    try:
        finished = await execute(program, work.log, work.started)
    except TooMuchOutput as error:
        raise failed("limit", f"{do.call} printed more than 1 MB") from error
    except (OSError, ValueError) as error:
        words = f"{python} can't be started: {reason(error)}; see [python] in weir.toml"
        raise failed("exit", words) from error
    if finished.code:
        refuse(finished)


def value_in(result: Path) -> Json:
    data = result.read_bytes()
    if len(data) > MOST:
        raise failed("limit", "it returns more than 1 MB; write it to a file instead")
    return msgspec.json.decode(data)
