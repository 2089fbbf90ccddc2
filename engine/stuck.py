"""Steps that can't go on before a person has said something, as rows of a list."""

from __future__ import annotations

from msgspec import Struct

from engine.machine.places import is_undo, undone_by
from engine.machine.state import StepStatus
from engine.snoozing import id_of, is_asked
from store import runs, steps
from store.database import Database
from store.records import StepRecord


class Stuck(Struct, frozen=True):
    """A step that may or may not have happened, or that lacks values."""

    step: StepRecord
    workflow: str
    project: str = ""

    @property
    def id(self) -> str:
        return id_of(self.step)

    @property
    def run(self) -> str:
        return self.step.run

    @property
    def path(self) -> str:
        return self.step.path

    @property
    def risk(self) -> str:
        return "normal"  # as everything that says none

    @property
    def requested_at(self) -> float:
        return self.step.started_at or self.step.ready_at

    @property
    def unsure(self) -> bool:
        """It may have happened; otherwise it lacks values."""
        return self.step.status == StepStatus.INTERRUPTED

    @property
    def title(self) -> str:
        if not self.unsure:
            return f"{self.path} waits {self.step.summary}"
        if is_undo(self.path):
            return f"{undone_by(self.path)} is not undone"
        return f"{self.path} may or may not have happened"


def stuck(database: Database) -> list[Stuck]:
    """All of them, in the order in which they came to it."""
    found = [*steps.interrupted(database), *steps.awaiting(database)]
    rows = [row for row in found if is_asked(row)]
    known = runs.several(database, {row.run for row in rows})
    of = ((row, known.get(row.run)) for row in rows)
    listed = [Stuck(row, run.workflow, run.project) for row, run in of if run]
    return sorted(listed, key=lambda row: (row.requested_at, row.id))
