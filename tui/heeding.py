"""Going by what is set as it stands now: weir.toml, and the settings of the person."""

from __future__ import annotations

import asyncio
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from engine.errors import WeirError
from engine.files import look_of
from engine.workspace import CONFIG
from tui.keymap import config_path
from tui.messages import SettingsChanged
from tui.personal import read_personal
from tui.screens.keeping import go_by
from tui.screens.work import PERSONAL

if TYPE_CHECKING:
    from tui.app import Workbench

EVERY = 1.0  # seconds between two looks at a file


async def heed(bench: Workbench) -> None:
    """As long as the window is open. What can't be gone by is said, and why."""
    await asyncio.gather(heed_workspace(bench), heed_personal(bench))


async def heed_workspace(bench: Workbench) -> None:
    engine = await asyncio.to_thread(lambda: bench.desk.engine)
    module = await asyncio.to_thread(import_module, "engine.heeding")
    tell = partial(bench.work.show_stale, CONFIG)
    heeding = module.Heeding(engine, tell)
    while bench.is_running:
        before = engine.workspace
        await heeding.look()
        await heeding.look_again()
        if engine.workspace is not before:
            tell("")
            bench.work.read_settings()
            bench.work.show_status()
        await asyncio.sleep(EVERY)


async def heed_personal(bench: Workbench) -> None:
    """Another terminal, or an editor, may have changed them."""
    path = config_path()
    look = look_of(path)
    while bench.is_running:
        await asyncio.sleep(EVERY)
        before, look = look, look_of(path)
        if look == before:
            continue
        try:
            personal = await asyncio.to_thread(read_personal, path)
        except WeirError as error:
            said = f"going on with the settings of before: {error}"
            bench.work.show_stale(PERSONAL, said)
        else:
            bench.work.show_stale(PERSONAL, "")
            go_by(bench, personal)
        bench.work.pass_on(SettingsChanged())
