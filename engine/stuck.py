"""Steps that can't go on before a person has said something, as rows of a list."""

from __future__ import annotations

from msgspec import Struct

from engine.machine.places import is_undo, undone_by
from engine.machine.state import StepStatus
from engine.snoozing import VALUES, id_of
from store import runs, steps
from store.database import Database
from store.records import StepRecord

# How the summary of a step begins that waits because what was found does not fit.
FOUND = ("for another value of ", "for other values of ")


class Stuck(Struct, frozen=True):
    """A step that may or may not have happened, or a run's newest that lacks values.

    `lacking` are all of those, the oldest first: they are asked for together.
    """

    step: StepRecord
    workflow: str
    project: str = ""
    lacking: tuple[StepRecord, ...] = ()

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
        return since(self.lacking[0] if self.lacking else self.step)

    @property
    def unsure(self) -> bool:
        """It may have happened; otherwise it lacks values."""
        return self.step.status == StepStatus.INTERRUPTED

    @property
    def title(self) -> str:
        if not self.unsure:
            steps = self.lacking or (self.step,)
            names = (row.summary.partition(" of ")[2] for row in steps)
            found = all(row.summary.startswith(FOUND) for row in steps)
            what = "does not fit" if found else "missing"
            return f"{what}: {', '.join(dict.fromkeys(names))}"
        if is_undo(self.path):
            return f"{undone_by(self.path)} is not undone"
        return f"{self.path} may or may not have happened"


def stuck_steps(database: Database) -> list[Stuck]:
    """All of them, in the order in which they came to it.

    Those of one run that lack values are one row: what is missing is given at once.
    """
    rows: list[tuple[StepRecord, tuple[StepRecord, ...]]] = [
        (row, ()) for row in steps.interrupted(database)
    ]
    rows += [(of_run[-1], of_run) for of_run in lacking_by_run(database).values()]
    known = runs.several(database, {row.run for row, _ in rows})
    of = ((row, lacking, known.get(row.run)) for row, lacking in rows)
    listed = [Stuck(row, r.workflow, r.project, some) for row, some, r in of if r]
    return sorted(listed, key=lambda row: (row.requested_at, row.id))


def lacking_by_run(database: Database) -> dict[str, tuple[StepRecord, ...]]:
    """The steps that lack values, of each run the oldest first.

    The newest stands for them: when another step comes to lack something, that is
    news to whoever has snoozed the others.
    """
    found: dict[str, tuple[StepRecord, ...]] = {}
    rows = (row for row in steps.awaiting(database) if row.awaits == VALUES)
    for row in sorted(rows, key=lambda row: (since(row), row.path)):
        found[row.run] = (*found.get(row.run, ()), row)
    return found


def since(row: StepRecord) -> float:
    return row.started_at or row.ready_at
