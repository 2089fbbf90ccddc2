"""What a look at the context may use where it belongs to no run."""

from __future__ import annotations

import asyncio

from engine.context.found import Surroundings
from engine.context.kept import Kept
from engine.secrets import Known, read, why_missing
from engine.workspace import Workspace


async def known_in(workspace: Workspace) -> Known:
    """The secrets of a workspace, and what takes them out of what is found."""
    # A keyring is another process, and may ask the person at the screen.
    return await asyncio.to_thread(read, workspace.config)


def unheard(
    workspace: Workspace, known: Known, now: float, *, fresh: bool = False
) -> Surroundings:
    """What programs say and do while something is looked at is told to nobody."""
    kept = Kept(workspace.folder, now, known.redaction.data, fresh=fresh)
    return Surroundings(
        workspace,
        kept,
        {},
        _nobody,
        _nobody,
        lambda name: why_missing(workspace.config, name),
    )


def _nobody(*_: object) -> None:
    """It belongs to no run."""
