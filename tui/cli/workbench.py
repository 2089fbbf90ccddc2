"""`weir [PATH]`: the workbench."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import click

from engine.errors import NoWorkspace
from engine.workspace import find_workspace
from tui.cli.failing import USAGE
from tui.cli.reach import Reach, pass_reach

PAINTS = "250"  # a second, at most


@click.command("open")
@click.argument("path", required=False)
@click.option("--no-runner", is_flag=True, help="Only look; wake no runner.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option("--record", default="", metavar="FILE", help="Keep it as a script.")
@click.option("--plain", is_flag=True, help="Lines in place of a screen.")
@click.pass_context
@pass_reach
def open_(
    reach: Reach,
    ctx: click.Context,
    path: str | None,
    no_runner: bool,
    no_mouse: bool,
    record: str,
    plain: bool,
) -> None:
    """Open the workbench on the workspace at PATH, or here."""
    if plain or reach.plain:
        open_plainly(reach, path, no_runner)
        return
    if reason := refusal():
        click.echo(f"weir: {reason}", err=True)
        ctx.exit(USAGE)
    start = Path(reach.directory or ".") / (path or ".")
    try:
        root = find_workspace(start)
    except NoWorkspace:
        if no_runner or reach.no_runner:
            raise
        from tui.opening import welcome

        made = welcome(start.resolve())
        if made is None:
            return
        root = made
    only_look = no_runner or reach.no_runner
    # Textual paints sixty times a second at most, and beside a log that grows a key
    # waits for its turn. What comes by itself is held back where it comes from.
    os.environ.setdefault("TEXTUAL_FPS", PAINTS)
    # Looking for garbage among what is only being made costs a sixth of the first
    # paint. `run_workbench` begins again when it stands.
    gc.disable()
    from tui.opening import run_workbench

    kept = record or reach.record
    ctx.exit(run_workbench(root, no_runner=only_look, mouse=not no_mouse, record=kept))


def open_plainly(reach: Reach, path: str | None, no_runner: bool) -> None:
    """Lines that tell what waits and what changes, and commands that answer."""
    import asyncio

    from engine.people import refuse_inside_a_run
    from tui.cli.plain import converse

    refuse_inside_a_run("a step of a run can't open the workbench; open it outside")
    reach.directory = str(Path(reach.directory or ".") / (path or "."))
    desk = reach.scanned_desk()
    if not (no_runner or reach.no_runner or desk.database.read_only):
        desk.wake()
    asyncio.run(converse(desk))


def refusal() -> str:
    """Why the workbench can't be drawn here, and what says the same as text."""
    instead = "`weir --plain` says the same in lines"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return f"this is not a terminal; {instead}"
    if os.environ.get("TERM", "dumb") in ("", "dumb"):
        return f"the workbench can't draw on TERM=dumb; {instead}"
    return ""
