"""A real workspace in a folder: files, store and engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine.closure import closure
from engine.definition.fields import accept
from engine.dispatch import Dispatch, LocalDispatch
from engine.handle import Engine
from engine.ids import new_id
from engine.importer import Importer
from engine.machine import commands as c
from engine.machine.state import Actor, RunState
from engine.opening import open_store
from engine.runner import Runner
from engine.trust import Trust
from engine.workspace import open_workspace
from store.batch import Batch

ANA = Actor("ana", roles=("csm",))
BOB = Actor("bob")


class Clock:
    """Time that a test moves by hand, or that runs on with an offset."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def make_workspace(
    root: Path, files: Mapping[str, str], config: str = 'provider = "mock"\n'
) -> Path:
    (root / "workflows").mkdir(parents=True, exist_ok=True)
    (root / "weir.toml").write_text(config)
    Trust.open().trust_texts(root, {"weir.toml": config.encode()})
    for name, text in files.items():
        path = root / "workflows" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def open_engine(root: Path, clock: Callable[[], float] | None = None) -> Engine:
    workspace = open_workspace(root)
    database = open_store(workspace)
    engine = (
        Engine(workspace, database, clock) if clock else Engine(workspace, database)
    )
    Importer(engine).scan()
    return engine


def start(engine: Engine, workflow: str, **inputs: object) -> str:
    """Begin a run, as the desk does, without its question of trust."""
    found = closure(engine, workflow)
    run = new_id("r")
    given = accept(found.workflow.inputs, inputs)
    engine.handle(run, c.StartRun(run, given, found.version, found.pins, ANA))
    return run


def counted(engine: Engine) -> list[c.Command]:
    """The commands that are taken from now on, each with what follows it."""
    whole, taken = engine.whole, list[c.Command]()

    def kept(batch: Batch, run: str, command: c.Command, *then: Any) -> RunState:
        taken.append(command)
        return whole(batch, run, command, *then)

    engine.whole = kept  # type: ignore[method-assign]
    return taken


async def comes_true(fact: Callable[[], object]) -> None:
    """Wait for what others bring about; fails after half a minute."""
    async with asyncio.timeout(30):
        while not fact():  # noqa: ASYNC110 (others bring it about)
            await asyncio.sleep(0.01)


async def until(engine: Engine, run: str, *statuses: str) -> RunState:
    """The state of a run once it is in one of these statuses."""
    async with asyncio.timeout(30):
        while True:
            state = await asyncio.to_thread(engine.load, run)
            if state.status in statuses:
                return state
            await asyncio.sleep(0.01)


class running:  # noqa: N801 - reads as what it is: `async with running(engine)`
    """A runner at work while the block runs."""

    def __init__(self, engine: Engine, dispatch: Dispatch | None = None) -> None:
        self.runner = Runner(engine, dispatch or LocalDispatch(engine.database))

    async def __aenter__(self) -> Runner:
        self._task = asyncio.create_task(self.runner.run())
        return self.runner

    async def __aexit__(self, *_: object) -> None:
        self.runner.stop()
        await self._task
