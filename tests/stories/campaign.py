"""The crash campaign: a runner killed at every point of its way, and what must hold.

A round is one run of a workflow that has every shape in it. Its runner is killed at
one point, the next a few points later, and so on, until the run has ended. A person
stands by: they answer the gates, and say of each interrupted step whether it happened,
after a look into the file where every effect leaves a line.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from engine import rows
from engine.machine import commands as c
from engine.machine.state import RUN_ENDED, RunState
from store import approvals, doctor, runners, runs, steps
from tests.given import ANA
from tests.stories.place import PATIENCE, Place

KILLED = (sys.executable, "-P", str(Path(__file__).with_name("killed.py")))
NEVER = 10**9
SOON = 40  # the next runner dies within so many points

EFFECT = 'echo "$WEIR_RUN_ID $WEIR_STEP" >> FILE'
# Every container, with gates in two of them; of each kind of step one that a dead
# runner may repeat (`s_`) and one that it may not (`o_`). Two pieces of context are put
# off until the step that reads them.
WHOLE = f"""workflow: whole
context:
  beside: {{expr: 1 + 1}}
  late: {{expr: beside + 1}}
steps:
  - {{id: o_first, shell: '{EFFECT}'}}
  - id: wide
    parallel:
      branches:
        asks:
          - {{id: ask, approval: {{title: "Go on?", timeout: 2d, on_timeout: expire}}}}
          - {{id: o_told, shell: '{EFFECT}'}}
        turns:
          - id: each
            for_each:
              in: '["a", "b", "c"]'
              as: item
              max_parallel: 2
              steps:
                - {{id: s_turn, safe: true, shell: '{EFFECT}'}}
                - {{id: o_turn, shell: '{EFFECT}'}}
        inner: [{{id: child, run: inner}}]
        graph:
          - {{id: s_root, safe: true, shell: '{EFFECT}', needs: []}}
          - {{id: o_left, shell: '{EFFECT}', needs: [s_root]}}
          - {{id: right, set: {{x: "{{{{ beside }}}}"}}, needs: [s_root]}}
          - {{id: o_both, shell: '{EFFECT}', needs: [o_left, right]}}
  - id: race
    parallel:
      join: any
      branches:
        quick: [{{id: s_quick, safe: true, shell: '{EFFECT}'}}]
        slow: [{{id: idle, run: idle}}]
  - {{id: helped, llm: {{agent: hand, prompt: Go on.}}}}
  - {{id: nap, wait: 0.05}}
  - id: o_flaky
    retry: {{attempts: 2, delay: 0.05}}
    shell: |
      if test $WEIR_ATTEMPT = 1; then exit 1; fi
      {EFFECT}
  - id: s_circle
    safe: true
    shell: '{EFFECT}; echo $WEIR_STEP'
    route:
      - {{when: "outputs.s_circle.stdout == 's_circle'", to: s_circle}}
      - {{to: o_last}}
  - {{id: o_last, shell: {{run: '{EFFECT}', env: {{LATE: "{{{{ late }}}}"}}}}}}
"""
INNER = f"""workflow: inner
steps:
  - {{id: o_inner, shell: '{EFFECT}'}}
  - {{id: sure, approval: {{title: "Sure?"}}}}
  - {{id: s_inner, safe: true, shell: '{EFFECT}'}}
"""
# An agent that calls one tool by itself, and the other when a person has said yes.
HAND = "agent: hand\ntools: [s_look, o_pay]\n"
LOOK = f"""step: s_look
inputs: {{what: {{type: string}}}}
safe: true
unattended: true
shell: '{EFFECT}'
"""
PAY = f"""step: o_pay
inputs: {{amount: {{type: number}}}}
shell: '{EFFECT}'
"""
IDLE = "workflow: idle\nsteps: [{id: sleep, wait: 1d}]\n"
TURNS = [f"wide[turns]/each[{item}]" for item in "abc"]
ONCE = [
    *("o_first", "wide[asks]/o_told", *(f"{turn}/o_turn" for turn in TURNS)),
    *("wide[graph]/o_left", "wide[graph]/o_both", "o_flaky", "o_last"),
    "helped[turns]/helped.calls#2[1]/helped.call-o_pay",
]
SAFE = [*(f"{turn}/s_turn" for turn in TURNS), "wide[graph]/s_root"]
SAFE += ["race[quick]/s_quick", "s_circle", "s_circle#2"]
SAFE += ["helped[turns]/helped.calls[1]/helped.call-s_look"]


def texts(effects: Path) -> dict[str, str]:
    """The workflows of the campaign, by name."""
    named = {"whole": WHOLE, "inner": INNER, "idle": IDLE}
    named |= {"hand": HAND, "s_look": LOOK, "o_pay": PAY}
    return {name: text.replace("FILE", str(effects)) for name, text in named.items()}


class Told(Struct):
    """What a campaign has come to."""

    kills: int = 0
    rounds: int = 0
    runs: int = 0
    asked: int = 0  # interrupted steps, of which a person had to say
    repeated: int = 0  # effects of safe steps that were done more than once
    doubled: int = 0  # effects of others: none, or the campaign has failed


class Campaign:
    def __init__(self, place: Place, effects: Path, seed: int) -> None:
        self.place = place
        self.effects = effects
        self.chance = random.Random(seed)
        self.told = Told()
        effects.touch()

    def count_points(self) -> int:
        """How many points a runner passes that nobody kills."""
        reached = self.effects.with_name("points")
        self.place.environment["POINTS"] = str(reached)
        run = self.place.start("whole")
        self._stand_by(run, self._wake(NEVER))
        del self.place.environment["POINTS"]
        self.check(run)
        return int(reached.read_text())

    def round(self, first: int) -> None:
        """One run, whose first runner dies at that point, or in the middle of work."""
        run = self.place.start("whole")
        point = first
        while self.place.state(run).status not in RUN_ENDED:
            if self._stand_by(run, self._wake(point)):
                self.told.kills += 1
            point = self.chance.randint(1, SOON)
        self.told.rounds += 1
        self.check(run)

    def surprise(self) -> None:
        """One run, whose runners die at any instant, and not at a point."""
        run = self.place.start("whole")
        while self.place.state(run).status not in RUN_ENDED:
            runner = self._wake(NEVER)
            if self._stand_by(run, runner, self.chance.uniform(0, 0.4)):
                self.told.kills += 1
        self.told.rounds += 1
        self.check(run)

    def crowd(self, many: int, count: int) -> None:
        """Runs with several runners at once, without a lock, dying and replaced."""
        self.place.environment["BESIDE"] = "yes"
        ids = [self.place.start("whole") for _ in range(count)]
        awake: list[subprocess.Popen[bytes]] = []
        end = time.monotonic() + PATIENCE
        while not self._all_over(ids):
            assert time.monotonic() < end, self._where(ids[0])
            self.told.kills += sum(runner.poll() is not None for runner in awake)
            awake = [runner for runner in awake if runner.poll() is None]
            missing = range(many - len(awake))
            awake += [self._wake(self.chance.randint(1, SOON)) for _ in missing]
            self.answer()
            time.sleep(0.01)
        for runner in awake:
            self.place.kill(runner)
        del self.place.environment["BESIDE"]
        self.told.rounds += 1
        for run in ids:
            self.check(run)

    def _all_over(self, ids: list[str]) -> bool:
        return all(self.place.state(run).status in RUN_ENDED for run in ids)

    def _wake(self, point: int) -> subprocess.Popen[bytes]:
        return self.place.wake(*KILLED, str(self.place.root), str(point))

    def _stand_by(
        self, run: str, runner: subprocess.Popen[bytes], life: float = NEVER
    ) -> bool:
        """Be the person until the runner is dead or the run over; whether it died.

        `life` is what it has from when it is awake: a slow machine takes as long as
        that to begin, and nothing would ever be done.
        """
        begun = time.monotonic()
        awake: float | None = None
        while runner.poll() is None:
            now = time.monotonic()
            assert now - begun < PATIENCE, self._where(run)
            if awake is None and self._is_awake(runner.pid):
                awake = now
            if awake is not None and now - awake > life:
                self.place.kill(runner)
                return True
            if self.chance.random() < 0.5:
                self.answer()
            if self.place.state(run).status in RUN_ENDED:
                self.place.kill(runner)
                return False
            time.sleep(0.01)
        assert runner.returncode == -9, self.place.said()
        return True

    def _is_awake(self, pid: int) -> bool:
        return any(each.pid == pid for each in runners.every(self.place.database))

    def answer(self) -> None:
        """Decide on what is asked, and say what has happened, in any order."""
        for gate in approvals.pending(self.place.database):
            yes = c.DecideApproval(gate.id, "approve", gate.digest, ANA)
            self.place.engine.handle(gate.run, yes)
        for step in steps.interrupted(self.place.database):
            happened = f"{step.run} {step.path}" in self.effects.read_text().split("\n")
            how = "done" if happened else "again"
            # What it would have printed is what a route looks at.
            output = {"stdout": step.path} if happened else None
            said = c.ResolveStep(step.path, how, ANA, output=output)
            self.place.engine.handle(step.run, said)
            self.told.asked += 1

    def check(self, run: str) -> None:
        """What must hold of a run that has come through, and of those it started."""
        top = self.place.state(run)
        assert top.status == "succeeded", self._where(run)
        self._check_rows(top)
        self._check_effects(run, ONCE, SAFE)
        for row in runs.under(self.place.database, run):
            child = self.place.state(row.id)
            self._check_child(top, child)
            self._check_rows(child)
            if child.workflow == "inner":
                self._check_effects(child.id, ["o_inner"], ["s_inner"])

    def _check_child(self, top: RunState, child: RunState) -> None:
        """No run is an orphan, and no step waits for one that has ended."""
        assert child.parent is not None
        step = top.steps[child.parent.path]
        assert (child.parent.run, step.child) == (top.id, child.id)
        # The idle one stands in a branch that has lost, which is undone.
        ends = {"inner": ("succeeded", "succeeded"), "idle": ("undone", "rolled_back")}
        wanted = ends[child.workflow]
        assert (step.status, child.status) == wanted, self._where(child.id)

    def _check_rows(self, state: RunState) -> None:
        """The rows are what the history says, and no gate is stuck or gone."""
        database, plan = self.place.database, self.place.engine.plan_of(state)
        assert runs.get(database, state.id) == rows.run_row(plan, state)
        assert steps.of_run(database, state.id) == [
            rows.step_row(plan, state, path) for path in state.steps
        ]
        gates = approvals.of_run(database, state.id)
        assert [gate.id for gate in gates] == [*state.approvals]
        assert len(gates) == {"idle": 0, "inner": 1, "whole": 2}[state.workflow]
        for gate in gates:
            assert gate == rows.approval_update(gate, state.approvals[gate.id])
            assert gate.status == "approved"
        self.told.runs += 1

    def _check_effects(
        self, run: str, once: Iterable[str], safe: Iterable[str]
    ) -> None:
        lines = (line.split(" ", 1) for line in self.effects.read_text().splitlines())
        done = Counter(path for owner, path in lines if owner == run)
        once, safe = [*once], [*safe]
        assert {*done} == {*once, *safe}, done
        self.told.doubled += sum(done[path] > 1 for path in once)
        self.told.repeated += sum(done[path] > 1 for path in safe)
        assert {path: done[path] for path in once} == dict.fromkeys(once, 1)

    def close(self) -> None:
        """What must hold of the whole place, in the end."""
        database = self.place.database
        assert doctor.check(database, thorough=True) == []
        assert approvals.pending(database) == []
        assert steps.interrupted(database) == []
        for word in ("Traceback", "stumbled", "the database", "not kept"):
            assert word not in self.place.said(), self.place.said()

    def _where(self, run: str) -> str:
        return f"{self.place.state(run)}\n{self.place.said()}"
