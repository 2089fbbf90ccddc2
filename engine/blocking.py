"""What can't go on until a person has answered: runs, arms and steps."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from engine.counted import counted
from engine.definition.graph import END
from engine.errors import WeirError
from engine.machine.guards import reached, ways_beside
from engine.machine.held_up import held_up_by
from engine.machine.places import RUN, arm_of, id_of, is_undo, scope_of
from engine.machine.plan import Plan
from engine.machine.putting import CONTEXT, is_put_off
from engine.machine.state import DecisionAwaited, RunState
from store import runs, steps
from store.errors import StoreError

if TYPE_CHECKING:
    from engine.handle import Engine
    from engine.machine.missing import Lack


class Blocks(Struct, frozen=True, order=True):
    """`runs` are above it, or wait for its decision; `arms` beside it have ended;
    `steps` can come after it and have not yet.
    """

    runs: int = 0
    arms: int = 0
    steps: int = 0

    def told(self) -> str:
        """`2 runs, 1 arm, 5 steps`; empty where it holds up nothing."""
        return ", ".join(words for words in self._each() if words)

    def most(self) -> str:
        """The first of these, for a list."""
        return next((words for words in self._each() if words), "")

    def _each(self) -> Iterable[str]:
        each = {"run": self.runs, "arm": self.arms, "step": self.steps}
        return [counted(number, one) if number else "" for one, number in each.items()]


class Blocking:
    """Tells it of many places, in one look: each run is read once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._read: dict[str, tuple[Plan, RunState] | None] = {}

    def of(self, run: str, path: str) -> Blocks:
        """What is held up by a step; nothing of a run that can't be read."""
        read = self._run(run)
        if read is None:
            return Blocks()
        plan, state = read
        if path not in state.steps or is_undo(path):
            return Blocks(runs=len(self._above(state)))
        waiting = self._waiting.get((run, id_of(path)), 0)
        return Blocks(
            runs=len(self._above(state)) + waiting,
            arms=sum(arms_done(state, path)),
            steps=len(steps_held(plan, state, path)),
        )

    def lack(self, run: str) -> Lack:
        """The values a person has to give; none of a run that can't be read."""
        from engine.machine.missing import Lack, missing  # Jinja's parser

        read = self._run(run)
        return missing(*read) if read else Lack()

    def _run(self, run: str) -> tuple[Plan, RunState] | None:
        if run not in self._read:
            try:
                state = self.engine.load(run)
                self._read[run] = self.engine.plan_of(state), state
            except (WeirError, StoreError):
                self._read[run] = None  # whoever opens it is told why
        return self._read[run]

    def _above(self, state: RunState) -> list[str]:
        found: list[str] = []
        parent = state.parent.run if state.parent else ""
        while parent and parent not in found:
            found.append(parent)
            run = runs.get(self.engine.database, parent)
            parent = run.parent if run else ""
        return found

    @cached_property
    def _waiting(self) -> dict[tuple[str, str], int]:
        """How many steps of other runs wait for the decision of a run at a step."""
        found: dict[tuple[str, str], int] = {}
        for row in steps.awaiting(self.engine.database):
            if row.awaits != "decision":
                continue
            read = self._run(row.run)
            step = read[1].steps.get(row.path) if read else None
            if step is not None and isinstance(step.awaits, DecisionAwaited):
                key = step.awaits.run, id_of(step.awaits.step)
                found[key] = found.get(key, 0) + 1
        return found


def scopes_up(path: str) -> Iterable[str]:
    """The places of what a step stands in, inwards out: itself, its container, …"""
    while True:
        yield path
        scope = scope_of(path)
        if scope == RUN:
            return
        path = arm_of(scope)[0]


def arms_done(state: RunState, path: str) -> Iterable[int]:
    """Of each step that it stands in: the arms that have ended, and wait for it."""
    for place in scopes_up(path):
        arms = (state.steps[place].arms or {}).values()
        yield sum(arm.ended_at is not None for arm in arms)


def steps_held(plan: Plan, state: RunState, path: str) -> set[str]:
    """The places of the steps that may follow, not come to yet.

    What fills the context holds up all of them, or those that wait for a lookup.
    """
    if path == CONTEXT:
        return {step for step in plan.top if state.newest(step) is None}
    if not is_put_off(path):
        return {*steps_ahead(plan, state, path)}
    waiting = held_up_by(state, state.steps[path])
    after = (each for place in waiting for each in steps_ahead(plan, state, place))
    return {*waiting, *after}


def steps_ahead(plan: Plan, state: RunState, path: str) -> Iterable[str]:
    """Of each list that it stands in: the steps that may follow, not come to yet."""
    for place in scopes_up(path):
        step, scope = state.steps[place].step, scope_of(place)
        ahead = reached(ways_beside(plan, step), [step]) - {step, END}
        yield from (scope + e for e in ahead if state.newest(e, scope) is None)
