"""Being the runner of a workspace: a process with the lock held, until it is done."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from engine import watching
from engine.awake import is_awake, runner_lock
from engine.dispatch import LocalDispatch
from engine.handle import Engine
from engine.notifying.notifier import Notifier
from engine.opening import open_store, require_known
from engine.runner import IDLE, Runner
from engine.saying import say
from engine.schedules.keeper import Keeper
from engine.workspace import Workspace, open_workspace
from store import steps
from store.database import Database


async def serve(root: Path, idle: float = IDLE) -> None:
    """Be the runner of a workspace until there is nothing to do. The process's main."""
    workspace = open_workspace(root)
    database = open_store(workspace)
    try:
        database.require_writable()
        require_known(workspace, database)
        while not is_awake(workspace):
            with runner_lock(workspace) as free:
                told = free and await _serve(workspace, database, idle)
            # Whoever wrote while we still held the lock has woken nobody else.
            if told or (free and not steps.ready(database, 1)):
                return
            # A glance at the lock by someone else holds it for a moment.
            await asyncio.sleep(0 if free else 0.05)
    finally:
        database.close()


async def _serve(workspace: Workspace, database: Database, idle: float) -> bool:
    """Work with the lock held. Whether it ended because it was told to."""
    engine = Engine(workspace, database)
    keeper = Keeper(engine, say)
    runner = Runner(
        engine,
        LocalDispatch(database),
        idle,
        lambda: keeper.needed or notifier.needed,
    )
    notifier = Notifier(engine, runner.id, say)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, runner.stop)
    beside = [
        asyncio.create_task(watching.watch(engine, say)),
        asyncio.create_task(keeper.run()),
        asyncio.create_task(notifier.run()),
    ]
    try:
        await runner.run()
    finally:
        await notifier.stop()
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    return runner.told
