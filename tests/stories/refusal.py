"""What a refusal is: one line, its exit code, and a store that nothing has touched."""

from __future__ import annotations

import asyncio
from typing import Any

from engine.inbox import inbox
from engine.machine.state import RUN_ENDED, RunStatus
from store import approvals, events, runs
from tests.given import running, until
from tests.stories.place import PATIENCE, Place, one_line


def kept(place: Place) -> Any:
    """What stands in the store: how every run and every gate is, and the history."""
    listed = runs.page(place.database)
    gates = [
        gate for run in listed for gate in approvals.of_run(place.database, run.id)
    ]
    return (
        [(run.id, run.status, run.seq) for run in listed],
        [(gate.id, gate.status, gate.decisions, gate.digest) for gate in gates],
        events.last_position(place.database),
    )


def refuses(place: Place, *words: str, ends: int, says: str) -> str:
    """What a command says while it changes nothing. It must be that one line."""
    before = kept(place)
    typed = place.types(*words)
    printed, line = typed.communicate(timeout=PATIENCE)
    assert typed.returncode == ends, f"{typed.returncode}\n{printed}\n{line}"
    assert says in one_line(line), line
    assert "Traceback" not in printed
    assert kept(place) == before
    return line


def perform(place: Place, run: str) -> None:
    """Do the steps of a run, here, until it ends or waits."""

    async def work() -> None:
        async with running(place.engine):
            await until(place.engine, run, *RUN_ENDED, RunStatus.WAITING)

    asyncio.run(work())


def open_gate(place: Place, workflow: str, **inputs: object) -> str:
    """The id of a gate that is open, in a run of its own."""
    run = place.start(workflow, **inputs)
    perform(place, run)
    (gate,) = [item.id for item in inbox(place.engine) if item.run == run]
    return gate
