"""A line for each run in flight whose files have changed since it began."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from store.database import Database
from store.records import RunRecord
from tui.cli import out

if TYPE_CHECKING:
    from engine.workspace import Workspace

IN_FLIGHT = ("running", "waiting", "paused")


def tell_standing(
    workspace: Workspace, database: Database, found: Iterable[RunRecord]
) -> None:
    """What a newer version means for these runs; nothing for those it is not for."""
    open_ones = [run for run in found if run.status in IN_FLIGHT]
    if not open_ones:
        return
    from engine.handle import Engine  # a list of runs that have ended needs none of it
    from engine.standing import standing_of

    engine = Engine(workspace, database)
    for run in open_ones:
        stands = standing_of(engine, run)
        if stands.word != "unaffected":
            said = "" if stands.error else "a newer version is there: "
            out.line(f"! {said}{out.one_line(str(stands))}")
