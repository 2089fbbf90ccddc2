"""How long a run may take in all, and what follows when it has taken longer."""

from __future__ import annotations

from engine.errors import CommandRefused
from engine.machine.change import Change
from engine.machine.ends import cancel_active, end_run
from engine.machine.places import RUN
from engine.machine.plan import Plan
from engine.machine.state import Ending, RunStatus
from engine.spans import age


def deadline_of(plan: Plan, now: float) -> float | None:
    """Until when a run may take that begins, or goes on, now."""
    limit = plan.workflow.timeout
    return None if limit is None else now + limit


def run_out(plan: Plan, change: Change) -> None:
    """The run's time is up: what is under way is ended, and the run has failed."""
    state = change.state
    if state.deadline is None:
        raise CommandRefused(f"run {state.id} waits for no time")
    if change.now < state.deadline:
        left = state.deadline - change.now
        raise CommandRefused(f"the time of run {state.id} comes in {left:.0f} s")
    reason = f"the run took longer than its {age(plan.workflow.timeout or 0.0)}"
    cancel_active(change, RUN, reason)
    end_run(plan, change, Ending(RunStatus.FAILED, reason, kind="timeout"))
