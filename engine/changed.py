"""What a command changes in runs, until all that follows from it is known."""

from __future__ import annotations

from engine.machine import events as e
from engine.machine.change import Change
from engine.machine.plan import Plan
from engine.machine.state import RunState


class ChangedRun:
    """One of them: its newest state, and the events that have led to it."""

    def __init__(self, plan: Plan, state: RunState) -> None:
        self.plan = plan
        self.state = state
        self.entries: list[e.Entry] = []


class Changed(dict[str, ChangedRun]):
    """Runs that were changed together. `entries` are of all, in the order they came."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, e.Entry]] = []

    def add(self, plan: Plan, change: Change) -> None:
        state = change.state
        run = self.get(state.id)
        if run is None:
            run = self[state.id] = ChangedRun(plan, state)
        run.plan, run.state = plan, state
        run.entries += change.entries
        self.entries += [(state.id, entry) for entry in change.entries]
