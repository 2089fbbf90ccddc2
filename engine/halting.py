"""Where a run stands that goes on no further by itself, nor what it has started."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from engine.machine.state import RUN_ENDED, RunStatus
from store import approvals, runs, steps
from store.database import Database
from store.records import ApprovalRecord, RunRecord, StepRecord

# Who is so goes on by itself.
BUSY = frozenset({RunStatus.CREATED, RunStatus.RUNNING})


class Halt(Struct, frozen=True):
    """A run, what a person is asked for in it, and in the runs that it has started.

    `statuses` are of these runs, at any depth. `undoing`: something is being undone in
    one of them; a roll back that has stopped to ask waits for a person like any run.
    """

    run: RunRecord
    approvals: list[ApprovalRecord]
    interrupted: list[StepRecord]
    lacking: list[StepRecord]  # values, which a person gives
    statuses: Mapping[str, str] = {}
    undoing: bool = False

    @property
    def stands_still(self) -> list[ApprovalRecord | StepRecord]:
        """All that a person is asked for."""
        return [*self.approvals, *self.interrupted, *self.lacking]

    @property
    def stopped(self) -> bool:
        """Whether it has ended, or waits for a person."""
        return self.run.status in RUN_ENDED or self.waits

    @property
    def waits(self) -> bool:
        """Whether a person must speak before it goes on."""
        if self.run.status == RunStatus.PAUSED:
            return True
        every = {self.run.status, *self.statuses.values()}
        if self.run.status in RUN_ENDED or self.undoing or not BUSY.isdisjoint(every):
            return False
        return bool(self.stands_still or self.paused)

    @property
    def paused(self) -> list[str]:
        """Which of the runs are, the run itself among them."""
        every = {self.run.id: self.run.status, **self.statuses}
        return [run for run, status in every.items() if status == RunStatus.PAUSED]


def halt_of(database: Database, run_id: str) -> Halt:
    """Where a run stands that is known to be there."""
    run = runs.get(database, run_id)
    assert run is not None
    family = runs.families(database, [run_id])
    awaiting = (step for step in steps.awaiting(database) if step.awaits == "values")
    statuses = runs.status_of(database, family.keys() - {run_id})
    every = {run_id: run.status, **statuses}
    undone = [name for name, at in every.items() if at == RunStatus.ROLLING_BACK]
    return Halt(
        run,
        approvals.of_runs(database, [*family]),
        [step for step in steps.interrupted(database) if step.run in family],
        [step for step in awaiting if step.run in family],
        statuses,
        steps.is_at_work(database, undone),
    )
