"""The newest answer to a question that a model was asked before, in any run."""

from __future__ import annotations

from engine.handle import Engine
from engine.machine.state import StepStatus
from engine.steps.work import Answered
from store import steps


def answered(engine: Engine, digest: str) -> Answered | None:
    """What the newest step left that asked this; None where no run has it any more."""
    row = steps.asked(engine.database, digest)
    if row is None:
        return None
    step = engine.load(row.run).steps[row.path]
    if step.asked != digest or step.status is not StepStatus.SUCCEEDED:
        return None  # gone back to, or undone, this very moment
    return Answered(row.run, row.path, step.ended_at or row.ready_at, step.output)
