"""Where a run stands that goes on no further by itself."""

from __future__ import annotations

from msgspec import Struct

from engine.machine.state import RUN_ENDED, RunStatus, StepStatus
from store import approvals, runs, steps
from store.database import Database
from store.records import ApprovalRecord, RunRecord, StepRecord


class Halt(Struct, frozen=True):
    """Where a run stands that goes on no further by itself, and who it waits for."""

    run: RunRecord
    approvals: list[ApprovalRecord]
    interrupted: list[StepRecord]
    lacking: list[StepRecord]  # values, which a person gives

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
        paused = self.run.status == RunStatus.PAUSED
        waiting = self.run.status == RunStatus.WAITING
        return paused or (waiting and bool(self.stands_still))


def halt_of(database: Database, run_id: str) -> Halt:
    """Where a run stands that is known to be there."""
    run = runs.get(database, run_id)
    assert run is not None
    gates = approvals.of_run(database, run_id)
    visits = steps.of_run(database, run_id)
    return Halt(
        run,
        [gate for gate in gates if gate.status == "pending"],
        [visit for visit in visits if visit.status == StepStatus.INTERRUPTED],
        [visit for visit in visits if visit.awaits == "values"],
    )
