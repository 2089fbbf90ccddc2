"""Playing a case: its steps in turn, with the answers and decisions it gives.

Nothing outside is touched: what templates make is made as in a run, and what would
reach out is answered by the case. A model that has no answer is the mock provider.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256

from engine.definition.fields import accept
from engine.definition.render import evaluate
from engine.errors import CommandRefused, InvalidValues, TemplateError, WeirError
from engine.machine import commands as c
from engine.machine.choosing import choose_variant
from engine.machine.gate import gate_of
from engine.machine.state import (
    Actor,
    ApprovalState,
    ApprovalStatus,
    Awaited,
    ContextAwaited,
    Edit,
    Failure,
    Request,
    RunState,
    StepState,
    StepStatus,
)
from engine.steps.work import Asks, Begins, Done, Outcome, StepFailed, Waits
from engine.trying.answering import Answering
from engine.trying.model import EXPIRE, Case, Decided, Library, Made
from engine.trying.ticked import ticks_before
from engine.trying.world import Happened, World
from engine.workspace import Workspace

RUN = "r-try"
RUNNER = "try"
MOST = 10_000  # acts of one case: more is a loop without an end


class Impossible(WeirError):
    """The case can't be played as it is written."""


class Played:
    """What a case has come to."""

    def __init__(self, state: RunState, happened: list[Happened]) -> None:
        self.state = state
        self.happened = happened
        self.prompts: list[Made] = []
        self.gates: list[Made] = []
        self.artifacts: list[Made] = []
        self.unused: list[tuple[str | int, ...]] = []


def play(workspace: Workspace, library: Library, workflow: str, case: Case) -> Played:
    """Raises Impossible and Unanswered, NotFound, and InvalidValues for its inputs."""
    return Player(workspace, library, case).play(workflow)


class Player:
    def __init__(self, workspace: Workspace, library: Library, case: Case) -> None:
        self._case = case
        self._world = World(library, case.at)
        self._answering = Answering(workspace, self._world, case)
        self._ids = itertools.count(1)
        self._requests: dict[str, Request] = {}
        self._decided: dict[str, int] = {}  # -> how many of a gate's are used up

    def play(self, workflow: str) -> Played:
        self._begin(workflow)
        for _ in range(MOST):
            if not self._act():
                return self._played()
        raise Impossible(f"it has not ended after {MOST:,} acts; is there a way out?")

    def _begin(self, name: str) -> None:
        workflow = self._world.workflow(name)
        inputs = accept(workflow.inputs, dict(self._case.inputs))
        if (variants := workflow.variants) is not None:
            value = evaluate(variants.by, {"inputs": inputs})
            name = choose_variant(name, variants, value).chosen
            workflow = self._world.workflow(name)
            inputs = accept(workflow.inputs, inputs)
        pins = self._world.pins(workflow)
        who = Actor("someone", via="cli")
        command = c.StartRun(RUN, inputs, name, pins, who, self._case.project)
        self._world.apply(RUN, command)

    def _act(self) -> bool:
        """Do the next thing there is to do; False when there is none."""
        for run, state in self._world.states.items():
            for step in state.active:
                if step.status is StepStatus.READY:
                    self._perform(run, step)
                    return True
        return self._decide_one() or self._come_about() or self._let_time_pass()

    def _perform(self, run: str, step: StepState) -> None:
        path = step.path
        state = self._world.apply(run, c.StartAttempt(path, RUNNER))
        attempt = state.steps[path].attempt
        try:
            outcome = self._answering.perform(run, state, path)
        except StepFailed as error:
            report = c.ReportFailure(path, attempt, RUNNER, error.failure, error.usage)
            self._world.apply(run, report)
        except (TemplateError, InvalidValues) as error:
            failure = Failure("template", str(error), retryable=False)
            self._world.apply(run, c.ReportFailure(path, attempt, RUNNER, failure))
        else:
            self._world.apply(run, self._report(path, attempt, outcome))

    def _report(self, path: str, attempt: int, outcome: Outcome) -> c.Command:
        match outcome:
            case Done(output, artifact, usage):
                return c.ReportSuccess(path, attempt, RUNNER, output, artifact, usage)
            case Asks(request, digest):
                approval = f"a{next(self._ids)}"
                self._requests[approval] = request
                about = (approval, request, digest)
                return c.RequestApproval(path, attempt, RUNNER, *about)
            case Waits(until, awaits):
                return c.BeginWait(path, attempt, RUNNER, until, awaits)
            case Begins(inputs):
                child = f"{RUN}-{next(self._ids)}"
                return c.BeginChild(path, attempt, RUNNER, child, inputs)

    def _decide_one(self) -> bool:
        """Answer the first gate that the case has an answer for."""
        for run, state in self._world.states.items():
            for approval in state.approvals.values():
                if approval.status is not ApprovalStatus.PENDING:
                    continue
                decided = self._next_decision(run, state, approval)
                if decided is not None and decided.choice != EXPIRE:
                    self._decide(run, state, approval, decided)
                    return True
        return False

    def _next_decision(
        self, run: str, state: RunState, approval: ApprovalState
    ) -> Decided | None:
        step = state.steps[approval.path]
        for name in self._answering.names_of(run, step):
            decided = self._case.decisions.get(name, ())
            used = self._decided.get(name, 0)
            if used < len(decided):
                return decided[used]
        return None

    def _use_up(self, run: str, state: RunState, approval: ApprovalState) -> None:
        step = state.steps[approval.path]
        for name in self._answering.names_of(run, step):
            used = self._decided.get(name, 0)
            if used < len(self._case.decisions.get(name, ())):
                self._decided[name] = used + 1
                return

    def _decide(
        self, run: str, state: RunState, approval: ApprovalState, decided: Decided
    ) -> None:
        gate = gate_of(self._world.plan_of(run), state.steps[approval.path])
        self._use_up(run, state, approval)
        number = len(approval.decisions)
        others = gate.approvers[number : number + 1] or ("someone",)
        name = decided.by or others[0]
        roles = decided.roles if decided.by else gate.approvers
        command = c.DecideApproval(
            approval.id,
            decided.choice,
            approval.digest,
            Actor(name, via="cli", roles=roles),
            decided.comment,
            decided.reason,
            dict(decided.inputs),
            edit_of(self._requests[approval.id], decided.edit),
        )
        try:
            for tick in ticks_before(state, gate, approval.path, command):
                self._world.apply(run, tick)
            self._world.apply(run, command)
        except (CommandRefused, InvalidValues) as refusal:
            words = f"the decision at {approval.path} is refused: {refusal}"
            raise Impossible(words) from refusal

    def _come_about(self) -> bool:
        """Let the first step go on that waits for what the case says has come."""
        for run, state in self._world.states.items():
            for step in state.active:
                if step.status is not StepStatus.WAITING or not comes(step.awaits):
                    continue
                answer = self._answering.take(run, step)
                if answer is None:
                    continue
                failure = (
                    Failure(answer.kind or "missing", answer.fails)
                    if answer.fails
                    else None
                )
                report = c.ReportAwaited(
                    step.path, step.attempt, answer.output, failure
                )
                self._world.apply(run, report)
                return True
        return False

    def _let_time_pass(self) -> bool:
        """Go on to the next time that something waits for: a retry, a wait, a deadline
        that nobody answers by."""
        due = sorted(
            (step.wake_at, run, step.path)
            for run, state in self._world.states.items()
            for step in state.active
            if step.wake_at is not None and self._may_pass(run, state, step)
        )
        if not due:
            return False
        at, run, path = due[0]
        self._world.now = max(self._world.now, at)
        approval = self._world.states[run].approvals.get(
            self._world.states[run].steps[path].approval
        )
        if approval is not None and approval.status is ApprovalStatus.PENDING:
            self._use_up(run, self._world.states[run], approval)
        with suppress(CommandRefused):  # what was due has been withdrawn meanwhile
            self._world.apply(run, c.FireTimer(path))
        return True

    def _may_pass(self, run: str, state: RunState, step: StepState) -> bool:
        """A gate is waited at until the case says that its time runs out."""
        approval = state.approvals.get(step.approval)
        if approval is not None and approval.status is ApprovalStatus.PENDING:
            decided = self._next_decision(run, state, approval)
            return decided is not None and decided.choice == EXPIRE
        return step.awaits is None

    def _played(self) -> Played:
        played = Played(self._world.states[RUN], self._world.happened)
        played.prompts = self._answering.prompts
        played.gates = self._answering.gates
        played.artifacts = self._answering.artifacts
        played.unused = [
            *self._answering.unused(),
            *(
                each.path
                for name, decided in self._case.decisions.items()
                for each in decided[self._decided.get(name, 0) :]
            ),
        ]
        return played


def comes(awaited: Awaited | None) -> bool:
    """Whether what a step waits for comes from outside of the rules."""
    return awaited is not None and not isinstance(awaited, ContextAwaited)


def edit_of(request: Request, edit: Mapping[str, str]) -> Edit | None:
    """The change of what a gate shows, as a person makes it in an editor."""
    for name, text in edit.items():
        for shown in request.shown:
            if shown.name == name:
                digest = sha256(text.encode()).hexdigest()
                return Edit(name, shown.digest, digest, text, "")
        known = ", ".join(shown.name for shown in request.shown) or "nothing"
        raise Impossible(f"the gate does not show `{name}`; it shows {known}")
    return None
