"""Any `weir` command, typed in the workbench and answered in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import WeirError
from tui.commanding import words_of
from tui.screens.line import Line
from tui.screens.output import Output

if TYPE_CHECKING:
    from tui.app import Workbench

HINT = "trace RUN · show RUN --step STEP · stats · --help; ⏎ alone: everything"


async def command(bench: Workbench) -> None:
    """Ask for a command, and show what it prints. What can't be one is said.

    Without any words it is the palette.
    """
    here = bench.work.here()
    said = await bench.push_screen_wait(Line("weir …", hint=HINT, required=False))
    if said is None:
        return
    if not said.text:
        await bench.everywhere.palette()
        return
    try:
        words = words_of(said.text, here)
    except WeirError as error:
        bench.say(str(error), wrong=True)
        return
    root = bench.desk.workspace.root
    title = f"weir {' '.join(words)}"
    await bench.push_screen_wait(Output(title, bench.session.lines_of(words, root)))
