"""What the rows of a run were after one of its events: as lists would have shown it."""

from __future__ import annotations

from msgspec import Struct

from engine import rows
from engine.entries import entries_of
from engine.handle import Engine
from engine.machine.events import Entry
from engine.machine.state import RunState
from engine.machine.ticking import Item, items_of
from engine.spending import Spent
from store import approvals, events
from store.database import Database
from store.records import ApprovalRecord, ArtifactRecord, RunRecord, StepRecord


def history(database: Database, run: str, after: int = 0) -> list[Entry]:
    """The events of a run with a seq greater than `after`, in order."""
    return list(entries_of(events.history(database, run, after)))


class Parts(Struct, frozen=True):
    """A run with all that lists show of it."""

    run: RunRecord
    steps: list[StepRecord]
    approvals: list[ApprovalRecord]
    artifacts: list[ArtifactRecord]
    runs: list[RunRecord] = []  # those it has started; as they are, not as they were
    spent: Spent = Spent()  # on models, in all of them, until now
    items: dict[str, list[Item]] = {}  # of checklists, by path


def parts_at(engine: Engine, run_id: str, seq: int) -> Parts:
    """A run as it stood after its event `seq`. Raises NotFound."""
    state = engine.at(run_id, seq)
    plan = engine.plan_of(state)
    return Parts(
        rows.run_row(plan, state),
        [rows.step_row(plan, state, path) for path in state.steps],
        gates(engine, state),
        [
            rows.artifact_row(plan, state, path)
            for path, step in state.steps.items()
            if step.artifact
        ],
        items=checklists(state),
    )


def checklists(state: RunState) -> dict[str, list[Item]]:
    """What is to tick, of each step that has left such a thing."""
    found = {path: items_of(step) for path, step in state.steps.items()}
    return {path: items for path, items in found.items() if items}


def gates(engine: Engine, state: RunState) -> list[ApprovalRecord]:
    """The gates that had been asked by then, as far as they were answered."""
    return [
        rows.approval_update(row, state.approvals[row.id])
        for row in approvals.of_run(engine.database, state.id)
        if row.id in state.approvals
    ]
