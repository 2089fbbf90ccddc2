"""`weir serve`: the workbench in a browser on this machine."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from engine.errors import WeirError
from engine.extras import how_to_add
from tui.cli import out
from tui.cli.reach import Reach, pass_reach

if TYPE_CHECKING:
    from tui.browser.server import House

PORT = 9347  # WEIR on the keys of a telephone


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Where to listen; 0 for any that is free.",
)
@click.option("--read-only", is_flag=True, help="Show all, and change nothing.")
@out.json_option
@pass_reach
def serve_(reach: Reach, port: int, read_only: bool, as_json: bool) -> None:
    """Open the workbench to a browser on this machine, until ctrl+c.

    The address that is printed holds the key to it: whoever has it decides as you.
    """
    if not (find_spec("aiohttp") and find_spec("textual_serve")):
        raise WeirError(f"for a browser more is needed: {how_to_add('web')}")
    from tui.browser.server import serve

    def ready(house: House) -> None:
        if as_json:
            out.document({"url": house.door.url, "read_only": house.read_only})
            return
        out.line(house.door.url)
        way = "everything is shown and nothing changed" if house.read_only else ""
        out.line(way or "whoever has this address decides as you; keep it to yourself")
        out.line("ctrl+c ends it; runs go on")

    def say(words: str) -> None:
        click.echo(f"weir: {out.one_line(words)}", err=True)

    asyncio.run(serve(reach.root(), port, read_only=read_only, ready=ready, say=say))
