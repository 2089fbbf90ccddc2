"""Steps that only compute: done where the run is written, in one commit with others.

Such a step reads what the run has and leaves values. Nothing outside of the run sees
that it was begun, so a commit between it and the next one would keep nothing that is
not computed anew, and the same, after a crash.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from engine.attempt import work_of
from engine.context.lookup import Path
from engine.handle import Engine
from engine.machine.plan import Plan
from engine.machine.state import RunState, StepStatus
from engine.performing import Report, report_of
from engine.secrets import Secrets
from engine.steps import compute, computes

# Others wait for a commit meanwhile.
TOGETHER = 64  # steps in one
LONGEST = 0.05  # seconds after which none of them is begun


class Computing:
    """The steps of a runner that only compute. `takes` is as of `Performing`."""

    def __init__(
        self, engine: Engine, secrets: Secrets, runner: str, takes: Callable[[], str]
    ) -> None:
        self._engine = engine
        self._secrets = secrets
        self._runner = runner
        self._takes = takes
        self._known: dict[Plan, dict[str, frozenset[Path]]] = {}
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
        reads = self._computed(state).get(state.steps[path].step)
        if reads is None:
            return None
        try:
            work = work_of(self._engine, state, path, nothing, nothing, known.values)
            outcome = compute(work, reads)
        except Exception:  # it is done once more, where it is said what is wrong
            return None
        outcome = known.redaction.outcome(outcome)
        attempt = state.steps[path].attempt
        return report_of(outcome, path, attempt, self._runner, self._takes())

    def _computed(self, state: RunState) -> dict[str, frozenset[Path]]:
        """The steps of a run's plan that compute, with what each is sure to read."""
        plan = self._engine.plan_of(state)
        known = self._known.get(plan)
        if known is None:
            all_of = {name: computes(step) for name, step in plan.steps.items()}
            known = {name: reads for name, reads in all_of.items() if reads is not None}
            self._known[plan] = known
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
