"""What a runner does for others while it has nothing to do itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from engine import search, witness
from engine.lost import forget_processes
from store import packing
from store.database import Database, StoreError

EVERY = 2.0  # seconds between two looks
SELDOM = 60.0
AFTER = 3600.0  # seconds after its end a run is packed: by then few look into it
AT_ONCE = 200  # runs, after which it looks whether there is work again


async def keep_log(database: Database) -> None:
    """Move the database's log into its file, for ever, so that no decision has to."""
    while True:
        await asyncio.sleep(EVERY)
        with contextlib.suppress(StoreError):  # a full disk: those who commit are told
            await asyncio.to_thread(database.move_log)


async def forget_ended(database: Database) -> None:
    """Forget, for ever, the programs that have ended with their attempts."""
    while True:
        await asyncio.sleep(SELDOM)
        with contextlib.suppress(StoreError):
            await asyncio.to_thread(forget_processes, database)


async def pack_ended(
    database: Database, busy: Callable[[], bool], clock: Callable[[], float]
) -> None:
    """Pack, for ever, what ended runs have left, whenever nobody is `busy`."""
    while True:
        await asyncio.sleep(EVERY)
        with contextlib.suppress(StoreError):  # as below: a later look packs it
            while not busy():
                if not await asyncio.to_thread(packing.pack, database, clock(), AFTER):
                    break


async def keep_index(database: Database, busy: Callable[[], bool]) -> None:
    """Take into the index what has moved, for ever, whenever nobody is `busy`.

    And write down outside of the store how far it has come.
    """
    while True:
        await asyncio.sleep(EVERY)
        # A full disk is told by those who have something to lose by it. What is not
        # indexed now is indexed later, by whoever searches at the latest.
        with contextlib.suppress(StoreError):
            while not busy():
                if await asyncio.to_thread(search.catch_up, database, AT_ONCE):
                    await asyncio.to_thread(witness.note, database)
                    break
