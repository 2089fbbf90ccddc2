"""Which of an old run's steps a fork keeps, which it does again, and why.

Read a verdict as: `reused`, what the step left is taken over; `re-run`, it is done
again; `new`, the old run had not done it; `gone`, the new version has no such step.

In a list everything after the first step that is not kept is done again: what a step
leaves on a disk or in another's hands is not to be seen from here. In a graph, and
between arms, only what needs or reads it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from typing import Literal

from msgspec import Struct

from engine.definition.graph import FINALLY
from engine.definition.kinds import Approval, SubRun
from engine.definition.model import CONTAINERS, Parallel, Step
from engine.machine.arms import done_without, list_of
from engine.machine.costs import Cost
from engine.machine.evolve import CONTEXT
from engine.machine.guards import ways_beside
from engine.machine.held_up import context_steps
from engine.machine.places import (
    RUN,
    arm_of,
    arm_scope,
    is_undo,
    path_of,
    scope_of,
    scopes_around,
)
from engine.machine.plan import Plan
from engine.machine.putting import is_context
from engine.machine.readings import (
    Name,
    changed,
    context_changed,
    context_reads,
    reads,
)
from engine.machine.state import (
    ApprovalStatus,
    Json,
    RunState,
    StepState,
    StepStatus,
)
from engine.machine.undone import is_behind

What = Literal["reused", "re-run", "new", "gone"]

_DONE = (StepStatus.SUCCEEDED, StepStatus.SKIPPED)
# Names whose value is another one in another run, or at another time.
_PASSING = frozenset({"now", "today", "run", "env"})
OUTDATED = "it is outdated: someone went back to what it depends on"
_LEFT = frozenset({"outputs", "artifacts", "decisions"})


class Verdict(Struct, frozen=True):
    """What a fork does about one step of the old run or of the new version."""

    path: str
    what: What
    why: str
    cost: Cost = Cost()  # of the old attempts: what doing it again comes to, about


class Fork(Struct, frozen=True):
    """What is asked for: where to begin, the new inputs, and outputs to go by.

    `children` are the workflows started by steps whose text, or whose parts, changed.
    `code` has the paths of steps that ran a file of the workspace which is another now,
    each with that file.
    """

    start: str
    inputs: dict[str, Json]
    outputs: dict[str, Json] = {}
    children: frozenset[str] = frozenset()
    code: dict[str, str] = {}


def way_of(state: RunState, fork: Fork) -> list[StepState]:
    """The visits that a fork goes by: none that the run has gone back over.

    Unless it begins at one of those, or goes by another output of one: then by all.
    """
    every = [*state.steps.values()]
    if any(is_behind(state, path) for path in (fork.start, *fork.outputs)):
        return every
    return [step for step in every if not is_behind(state, step.path)]


def places(way: Iterable[StepState]) -> dict[str, str]:
    """Where a run that goes such a way comes to each of its steps.

    A visit has another number where one before it is left out.
    """
    found: dict[str, str] = {}
    visits: Counter[str] = Counter()
    for step in way:
        scope = scope_of(step.path)
        if scope:
            holder, arm = arm_of(scope)
            scope = arm_scope(found[holder], arm)
        own = step.step == CONTEXT or is_undo(step.path)
        visits[scope + step.step] += 1
        place = path_of(step.step, visits[scope + step.step], scope)
        found[step.path] = step.path if own else place
    return found


class Judged:
    """Why each step that is not kept is not; looked at until nothing more follows."""

    def __init__(self, old: Plan, new: Plan, state: RunState, fork: Fork) -> None:
        self.old, self.new, self.state, self.fork = old, new, state, fork
        self.again: dict[str, str] = {}  # path -> why it is not kept
        self.gone: set[str] = set()
        self.edited = {key for key in fork.inputs if self._input_changed(key)}
        self.edited |= state.inputs.keys() - fork.inputs.keys()
        self.order = {path: number for number, path in enumerate(state.steps)}
        self.way = way_of(state, fork)
        behind = [] if len(self.way) == len(state.steps) else state.steps.values()
        self.cut = {scope_of(step.path) for step in behind if step.behind}
        self.visits: dict[str, list[StepState]] = {}
        for step in self.way:
            if step.step == CONTEXT or is_undo(step.path):
                continue
            if _at_the_end(old, step) or _at_the_end(new, step):
                self.again[step.path] = "it is done at the end of each run"
            else:
                self.visits.setdefault(scope_of(step.path), []).append(step)
        known = -1
        while known != len(self.again):
            known = len(self.again)
            self._judge()

    def verdict(self, step: StepState, cost: Cost) -> Verdict:
        path = step.path
        holder = had_enough(self.old, self.state, path)
        lost = bool(holder) and holder not in self.again
        if path in self.gone or (lost and step.step not in self.new.steps):
            return Verdict(path, "gone", "the new version has no such step")
        if path in self.again:
            return Verdict(path, "re-run", self.again[path], cost)
        if path in self.fork.outputs:
            return Verdict(path, "reused", "with the output you gave")
        if lost:
            return Verdict(path, "reused", without(holder))
        skipped = step.status is StepStatus.SKIPPED
        return Verdict(path, "reused", step.reason if skipped else "")

    def _input_changed(self, key: str) -> bool:
        return bool(self.state.inputs.get(key) != self.fork.inputs[key])

    def _judge(self) -> None:
        if CONTEXT in self.state.steps:
            why = self._why_context()
            for step in context_steps(self.state):
                undone = step.status is not StepStatus.SUCCEEDED
                if again := why or (f"it {was(step)}" if undone else ""):
                    self.again[step.path] = again
        self._judge_list(RUN, "", "")

    def _why_context(self) -> str:
        """Why none of the context is kept."""
        if is_context(self.fork.start):
            return "the fork begins here"
        if context_changed(self.old, self.new):
            return "what the context comes from changed"
        if self.state.steps[CONTEXT].status is not StepStatus.SUCCEEDED:
            return f"it {was(self.state.steps[CONTEXT])}"
        return self._why_read(context_reads(self.new.workflow), 0)

    def _judge_list(self, scope: str, inside: str, broken: str) -> None:
        before = self.old.graph.starts.get(inside), inside in self.old.graph.graphs
        after = self.new.graph.starts.get(inside), inside in self.new.graph.graphs
        in_graph = after[1]
        if not broken and before != after and not (before[1] and in_graph):
            broken = "its list begins with another step"
        last: StepState | None = None
        for step in self.visits.get(scope, ()):
            if scope in self.cut and not in_graph:
                broken = self._why_apart(last, step, before[0]) or broken
            if last is not None and not in_graph:
                broken = self._why_follows(last, step) or broken
            why = broken if not in_graph else self._why_needs(scope, step) or broken
            self._judge_step(step, why)
            last = step

    def _judge_step(self, step: StepState, broken: str) -> None:
        if step.step not in self.new.steps:
            self.gone.add(step.path)
            return
        if step.path in self.fork.outputs:
            return
        why = broken or self._why(step)
        inner = self._judge_arms(step, why)
        undone = "" if step.status in _DONE else f"it {was(step)}"
        if again := why or undone or inner:
            self.again.setdefault(step.path, again)

    def _judge_arms(self, step: StepState, broken: str) -> str:
        """Why a step that holds steps goes on: what in it is done again."""
        do = self.new.steps[step.step].do
        if not isinstance(do, CONTAINERS):
            return ""
        inner = ""
        lost = done_without(do, step)
        # Those that lost come last: nothing follows of them while what won is kept.
        for key in sorted(step.arms or {}, key=lost.__contains__):
            if key in lost and not (broken or inner):
                continue
            scope = arm_scope(step.path, key)
            why = f"{step.path} is re-run" if broken else self._why_watches(step, key)
            self._judge_list(scope, list_of(do, step, key), why)
            redone = (s.path for s in self.visits.get(scope, ()) if self._differs(s))
            inner = inner or next((f"{path} in it is re-run" for path in redone), "")
        return inner

    def _why_watches(self, step: StepState, key: str) -> str:
        do = self.new.steps[step.step].do
        if not isinstance(do, Parallel):
            return ""
        watched = next((b.watches for b in do.branches if b.id == key), ())
        for other in watched:
            inside = self.visits.get(arm_scope(step.path, other), ())
            if any(self._differs(each) for each in inside):
                return f"it watches {other}, which is re-run"
        return ""

    def _differs(self, step: StepState) -> bool:
        """Whether what the step leaves may be another thing than it was."""
        path = step.path
        return path in self.again or path in self.gone or path in self.fork.outputs

    def _why_follows(self, last: StepState, step: StepState) -> str:
        """In a list: why a step may not be kept because of the one before it."""
        if self._differs(last):
            said = {True: "whose output you gave", False: "which is re-run"}
            if last.path in self.gone:
                return f"it follows {last.path}, which is gone"
            return f"it follows {last.path}, {said[last.path in self.fork.outputs]}"
        was, now = self.old.node(last.step).next, self.new.node(last.step).next
        if was == step.step and now != was:
            return f"after {last.path} comes {now or 'the end'} now"
        return ""

    def _why_apart(
        self, last: StepState | None, step: StepState, starts: tuple[str, ...] | None
    ) -> str:
        """In a list that was gone back over: why none of what stands leads here."""
        if last is None:
            first = step.step in (starts or ())
            return "" if first else "what leads to it does not stand"
        if step.step in ways_beside(self.old, last.step).get(last.step, ()):
            return ""
        return f"someone went there, and not on from {last.path}"

    def _why_needs(self, scope: str, step: StepState) -> str:
        """In a graph: why a step may not be kept because of what it waits for."""
        if step.step not in self.new.graph.nodes:
            return ""
        needs = self.new.node(step.step).needs
        for other in self.visits.get(scope, ()):
            if other is step or other.outdated or not self._differs(other):
                continue
            if other.step in needs:
                return f"it needs {other.path}, which is not as it was"
            routes = self.old.node(other.step).routes
            if any(route.to == step.step for route in routes):
                return f"it follows {other.path}, which is re-run"
        return ""

    def _why(self, step: StepState) -> str:
        """Why a step by itself is not kept, whatever stands before it or became of it.

        Of one that holds steps none is kept then. That it has not succeeded is no such
        reason: its arms may have.
        """
        if step.path == self.fork.start:
            return "the fork begins here"
        if step.outdated:
            return OUTDATED
        if step.step not in self.old.steps:
            return "it is new in the text"
        known = self.new.steps[step.step]
        why = changed(self.old, self.new, step.step) or self._why_child(known)
        if why:
            return why
        if step.path in self.fork.code:
            return f"it ran {self.fork.code[step.path]}, which changed"
        named = reads(self.new, known)
        if isinstance(known.do, Approval) and step.status is StepStatus.SUCCEEDED:
            why = self._why_ask(step, known.do, named)
        return why or self._why_read(named, self.order[step.path], step.path)

    def _why_child(self, step: Step) -> str:
        if isinstance(step.do, SubRun) and step.do.workflow in self.fork.children:
            return f"the workflow {step.do.workflow} changed"
        return ""

    def _why_ask(self, step: StepState, gate: Approval, named: Iterable[Name]) -> str:
        """Why a gate is asked again, though nothing it shows was edited."""
        status = self.state.approvals[step.approval].status
        if status not in (ApprovalStatus.APPROVED, ApprovalStatus.REJECTED):
            return f"nobody decided: it was {status}"
        if status is ApprovalStatus.REJECTED and not self._led_on(step):
            return f"nothing follows that it was {status}"
        if gate.risk == "high":
            return "a gate of high risk is asked again"
        passing = sorted(name[0] for name in named if name[0] in _PASSING)
        return f"what it asks names `{passing[0]}`" if passing else ""

    def _led_on(self, gate: StepState) -> bool:
        """Whether a route names the choice that was made."""
        routes = self.new.node(gate.step).routes
        return any(route.choice == gate.output["choice"] for route in routes)

    def _why_read(self, named: Iterable[Name], before: int, path: str = "") -> str:
        """`before`: only what was ready earlier can have been read, at `path`."""
        around = {*scopes_around(scope_of(path))}
        for name in sorted(named):
            why = self._why_name(name, before, around)
            if why:
                return f"it reads {'.'.join(name)}, which {why}"
        return ""

    def _why_name(self, name: Name, before: int, around: Set[str]) -> str:
        first, rest = name[0], name[1:]
        if first == "inputs":
            hit = rest[0] in self.edited if rest else bool(self.edited)
            return "changed" if hit else ""
        if first in _LEFT and rest:
            hit = any(
                rest[0] in (s.step, s.step.replace("-", "_")) and self._differs(s)
                for s in self.way
                if self.order[s.path] < before and not s.outdated
                if scope_of(s.path) in around
            )
            return "is not as it was" if hit else ""
        if CONTEXT in self.again and first in _roots(self.new):
            return "is built anew"
        return ""


def had_enough(plan: Plan, state: RunState, path: str) -> str:
    """The step that has succeeded without the arm this one stands in; "" if none."""
    for scope in scopes_around(scope_of(path)):
        if scope != RUN:
            holder, key = arm_of(scope)
            do = plan.steps[state.steps[holder].step].do
            assert isinstance(do, CONTAINERS)
            if key in done_without(do, state.steps[holder]):
                return holder
    return ""


def without(holder: str) -> str:
    return f"{holder} had enough without it"


def _at_the_end(plan: Plan, step: StepState) -> bool:
    known = plan.graph.nodes.get(step.step)
    return known is not None and known.inside == FINALLY


def _roots(plan: Plan) -> set[str]:
    return {name.partition(".")[0] for name in plan.workflow.context}


def was(step: StepState) -> str:
    match step.status:
        case StepStatus.FAILED:
            return "failed"
        case StepStatus.CANCELLED | StepStatus.UNDONE:
            return f"was {step.status}"
        case StepStatus.INTERRUPTED:
            return "may or may not have happened"
        case _:
            return "had not ended"
