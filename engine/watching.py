"""Keeping the store at what the files say: looking again whenever one has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from watchfiles import DefaultFilter, awatch

from engine.errors import WeirError
from engine.files import look_of
from engine.handle import Engine
from engine.importer import Importer
from engine.workspace import CONFIG
from store.database import StoreError

RESCAN = 30.0  # seconds; what the operating system forgot to tell
GONE = 1.0  # seconds until a folder that could not be watched is looked at again
LOOK = 1.0  # seconds between two looks at weir.toml: a watch of its own costs more
# What editors leave beside a file; but a workspace may stand below any folder.
DEFINITIONS = DefaultFilter(ignore_dirs=())
Tell = Callable[[str], None]


async def watch(engine: Engine, tell: Tell, importer: Importer | None = None) -> None:
    """Keep the store at what the folder and weir.toml say, until cancelled.

    `tell` hears why a look could not be kept; the next one comes with the next
    change, or with the rescan.
    """
    importer = importer or Importer(engine)
    workspace = engine.workspace
    await asyncio.gather(
        _keep(importer, tell, workspace.definitions),
        _look_at(importer, tell, workspace.root / CONFIG),
    )


async def _keep(importer: Importer, tell: Tell, folder: Path) -> None:
    is_there = folder.is_dir
    polling: bool | None = None
    while True:
        await _scan(importer, tell)
        if is_there():
            try:
                await _follow(importer, tell, folder, polling=polling)
            except (OSError, RuntimeError) as error:  # that of its Rust part
                if polling:
                    tell(f"{folder} can't be followed: {error}")
                # No watch to spare, as with many editors open: it is polled.
                polling = is_there() or None
        await asyncio.sleep(GONE)


async def _follow(
    importer: Importer, tell: Tell, folder: Path, *, polling: bool | None
) -> None:
    """Scan at each change below a folder, until it is gone."""
    is_there = folder.is_dir
    changes = awatch(
        folder,
        watch_filter=DEFINITIONS,
        debounce=60,
        step=40,
        rust_timeout=int(RESCAN * 1000),
        yield_on_timeout=True,
        force_polling=polling,
    )
    async with aclosing(changes):
        async for _ in changes:
            await _scan(importer, tell)
            if not is_there():
                return


async def _look_at(importer: Importer, tell: Tell, config: Path) -> None:
    """Scan when weir.toml is another: it says what definitions may name."""
    before = look_of(config)
    while True:
        await asyncio.sleep(LOOK)
        if (now := look_of(config)) != before:
            before = now
            await _scan(importer, tell)


async def _scan(importer: Importer, tell: Tell) -> None:
    try:
        await asyncio.to_thread(importer.scan)
    except (StoreError, WeirError, OSError) as error:
        tell(f"the definitions were not imported: {error}")
        await asyncio.sleep(0.2)
