"""Steps that only compute: done where the run is written, in one commit with others.

Such a step reads what the run has and leaves values. Nothing outside of the run sees
that it was begun, so a commit between it and the next one would keep nothing that is
not computed anew, and the same, after a crash.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from msgspec import Struct

from engine.attempt import work_of
from engine.context.lookup import Path
from engine.handle import Engine
from engine.machine.plan import Plan
from engine.machine.state import RunState, StepStatus
from engine.performing import Report, report_of
from engine.secrets import Known, Secrets
from engine.steps import compute, computes, is_same
from engine.steps.work import Outcome

# Others wait for a commit meanwhile.
TOGETHER = 64  # steps in one
LONGEST = 0.05  # seconds after which none of them is begun


class Quick(Struct):
    """A step that computes: what it is sure to read, and whether that is nothing.

    `left`: what it leaves then, each time, once that is known.
    """

    reads: frozenset[Path]
    same: bool
    left: Outcome | None = None


class Computing:
    """The steps of a runner that only compute. `takes` is as of `Performing`."""

    def __init__(
        self, engine: Engine, secrets: Secrets, runner: str, takes: Callable[[], str]
    ) -> None:
        self._engine = engine
        self._secrets = secrets
        self._runner = runner
        self._takes = takes
        self._known: dict[Plan, dict[str, Quick]] = {}
        self.together = TOGETHER

    def following(self) -> Callable[[RunState], Report | None]:
        """What to do next in a run that a command changes in the commit that begins."""
        left, end = iter(range(self.together)), monotonic() + LONGEST

        def following(state: RunState) -> Report | None:
            more = next(left, None) is not None and monotonic() < end
            return self._next(state) if more else None

        return following

    def _next(self, state: RunState) -> Report | None:
        path, known = taken(state, self._runner), self._secrets.at_hand
        if path is None or known is None:
            return None
        quick = self._computed(state).get(state.steps[path].step)
        if quick is None:
            return None
        try:
            outcome = quick.left or self._compute(state, path, quick, known)
        except Exception:  # it is done once more, where it is said what is wrong
            return None
        outcome = known.redaction.outcome(outcome)
        attempt = state.steps[path].attempt
        return report_of(outcome, path, attempt, self._runner, self._takes())

    def _compute(
        self, state: RunState, path: str, quick: Quick, known: Known
    ) -> Outcome:
        work = work_of(self._engine, state, path, nothing, nothing, known)
        outcome = compute(work, quick.reads)
        if quick.same:
            quick.left = outcome
        return outcome

    def _computed(self, state: RunState) -> dict[str, Quick]:
        """The steps of a run's plan that compute."""
        plan = self._engine.plan_of(state)
        known = self._known.get(plan)
        if known is None:
            known = self._known[plan] = {
                name: Quick(reads, is_same(step))
                for name, step in plan.steps.items()
                if (reads := computes(step)) is not None
            }
        return known


def nothing(*_: object) -> None:
    """It writes no log, and starts no program."""


def taken(state: RunState, runner: str) -> str | None:
    """The step that the last command took for a runner: nothing came after that."""
    for step in state.active:
        ours = step.status is StepStatus.RUNNING and step.runner == runner
        if ours and step.seq == state.seq:
            return step.path
    return None
