"""Small workflows and people for the tests of the rules."""

from __future__ import annotations

from engine.definition.graph import compile_graph
from engine.definition.kinds import (
    Approval,
    Artifact,
    Choice,
    Section,
    SetValues,
    Shell,
    SubRun,
    Wait,
)
from engine.definition.model import (
    Branch,
    ForEach,
    Parallel,
    Retry,
    Route,
    Step,
    Workflow,
)
from engine.definition.typed import Field
from engine.machine import commands as c
from engine.machine.change import Change
from engine.machine.decide import decide
from engine.machine.plan import Plan
from engine.machine.state import Actor, Failure, Request, RunState

ANA = Actor("ana", roles=("csm",))
BOB = Actor("bob")
NOW = 1_800_000_000.0
REQUEST = Request("Send it?", choices=("approve", "rework", "reject"))
DIGEST = "d" * 64


def workflow(*steps: Step, **about: object) -> Workflow:
    return Workflow(name="w", steps=steps, **about)  # type: ignore[arg-type]


def plan(*steps: Step, **about: object) -> Plan:
    made = workflow(*steps, **about)
    return Plan(made, compile_graph(made))


def set_step(name: str, **about: object) -> Step:
    return Step(id=name, kind="set", do=SetValues(values={"x": 1}), **about)  # type: ignore[arg-type]


def reading(name: str, of: str, **about: object) -> Step:
    """A step that reads what an expression is made of."""
    do = SetValues(values={"x": f"{{{{ {of} }}}}"})
    return Step(id=name, kind="set", do=do, **about)  # type: ignore[arg-type]


def shell_step(name: str, **about: object) -> Step:
    return Step(id=name, kind="shell", do=Shell(run="true"), **about)  # type: ignore[arg-type]


def checks_step(name: str = "checks", **about: object) -> Step:
    do = Artifact(form="checklist", sections=(Section(items=("a", "b")),))
    return Step(id=name, kind="artifact", do=do, **about)  # type: ignore[arg-type]


def wait_step(name: str) -> Step:
    return Step(id=name, kind="wait", do=Wait(seconds=60))


def gate_step(
    name: str = "gate", route: tuple[Route, ...] = (), **about: object
) -> Step:
    asked = {
        "title": "Send it?",
        "choices": (
            Choice(name="approve", approves=True),
            Choice(name="rework"),
            Choice(name="reject"),
        ),
        **about,
    }
    return Step(id=name, kind="approval", do=Approval(**asked), route=route)  # type: ignore[arg-type]


def parallel_step(
    name: str,
    *,
    join: object = "all",
    about: dict[str, object] | None = None,
    **arms: object,
) -> Step:
    """Branches by name, each a step or a tuple of them; `about` is for the step."""
    branches = tuple(branch(key, arm) for key, arm in arms.items())
    do = Parallel(branches, join)  # type: ignore[arg-type]
    return Step(id=name, kind="parallel", do=do, **(about or {}))  # type: ignore[arg-type]


def branch(name: str, arm: object) -> Branch:
    if isinstance(arm, Branch):
        return arm
    return Branch(name, arm if isinstance(arm, tuple) else (arm,))


def loop_step(step: str, items: str, *steps: Step, **about: object) -> Step:
    return Step(id=step, kind="for_each", do=ForEach(items, steps, **about))  # type: ignore[arg-type]


def run_step(name: str, workflow: str = "other") -> Step:
    return Step(id=name, kind="run", do=SubRun(workflow))


class Given:
    """A run that commands are tried on, one after another."""

    def __init__(self, plan: Plan, **started: object) -> None:
        self.plan = plan
        self.now = NOW
        self.entries: list[object] = []
        self.state: RunState | None = None
        inputs, pins = started.pop("inputs", {}), started.pop("pins", {})
        self.do(c.StartRun("r1", inputs, "v1", pins, ANA, **started))  # type: ignore[arg-type]

    def do(self, command: c.Command) -> Change:
        change = decide(self.plan, self.state, command, self.now)
        self.state = change.state if change.entries else self.state
        self.entries += change.entries
        return change

    def adopt(self, newer: Plan, command: c.AdoptVersion) -> None:
        change = decide(self.plan, self.state, command, self.now, newer)
        self.plan, self.state = newer, change.state
        self.entries += change.entries

    def begin(self, path: str, runner: str = "w1") -> int:
        self.do(c.StartAttempt(path, runner))
        assert self.state is not None
        return self.state.steps[path].attempt

    def succeed(self, path: str, output: object = None, runner: str = "w1") -> None:
        attempt = self.begin(path, runner)
        self.do(c.ReportSuccess(path, attempt, runner, output))

    def leave(self, path: str, text: str, form: str = "checklist") -> None:
        """Let a step succeed with a document."""
        attempt = self.begin(path)
        about = {"title": path, "form": form, "sha256": "e" * 64, "size": len(text)}
        output = {**about, "text": text, "path": f"blobs/ee/{'e' * 64}"}
        self.do(c.ReportSuccess(path, attempt, "w1", output, artifact=True))

    def fail(self, path: str, *, retryable: bool = True) -> None:
        attempt = self.begin(path)
        failure = Failure("exit", "exit status 1", retryable=retryable)
        self.do(c.ReportFailure(path, attempt, "w1", failure))

    def ask(self, path: str = "gate", approval: str = "a1") -> None:
        attempt = self.begin(path)
        self.do(c.RequestApproval(path, attempt, "w1", approval, REQUEST, DIGEST))

    def decide(self, choice: str, by: Actor = ANA, **about: object) -> Change:
        approval = str(about.pop("approval", "a1"))
        digest = str(about.pop("digest", DIGEST))
        return self.do(c.DecideApproval(approval, choice, digest, by, **about))  # type: ignore[arg-type]

    @property
    def status(self) -> str:
        assert self.state is not None
        return self.state.status.value

    def step(self, path: str) -> str:
        assert self.state is not None
        return self.state.steps[path].status.value

    def approval(self, approval: str = "a1") -> str:
        assert self.state is not None
        return self.state.approvals[approval].status.value


__all__ = ["Field", "Retry", "Route"]
