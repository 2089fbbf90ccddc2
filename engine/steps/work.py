"""What a step is given to work with, and the ways its work can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from engine.definition.model import Step, Workflow
from engine.machine.state import (
    Awaited,
    Earlier,
    Failure,
    Offer,
    Request,
    RunState,
    Usage,
)
from engine.machine.turns import Turn
from engine.workspace import Workspace

Json = Any


class Answered(Struct, frozen=True):
    """What a step has left that asked a model, and when (seconds since 1970)."""

    run: str
    path: str
    at: float
    output: Json


class Work(Struct, frozen=True, kw_only=True):
    """One attempt at one step. `provider` overrides what the step and its agent say.

    `scope` is all that its templates read, with `env`; `inputs` are the template's own
    when the step came from one. `state.inputs` are the run's.
    `log(stream, text)` takes partial lines; `started(pid)` is told the id of a process
    group before anything else happens with it. `answered(digest)` is the newest answer
    in the workspace to that question; `too_much(model, cost)` what is asked of a person
    before one for that many US dollars, where the run is `budgeted`. `turns` are those
    before, of a step whose model may call tools. `foreseen`, for the step that fills
    the context: the steps that the run is sure to come to when something was paid for,
    each with the conditions that have to hold; `sure` are those before as well.
    `redact` takes the secrets out of plain data; `why_no_secret(name)` says what to do
    about one that is not there.
    """

    run: str
    path: str
    attempt: int
    step: Step
    workflow: Workflow
    scope: dict[str, Json]
    workspace: Workspace
    state: RunState
    log: Callable[[str, str], None]
    started: Callable[[int], None]
    provider: str = ""
    answered: Callable[[str], Answered | None] = lambda _: None
    too_much: Callable[[str, float], Request | None] = lambda _, __: None
    budgeted: bool = False
    turns: tuple[Turn, ...] = ()
    foreseen: Mapping[str, tuple[str, ...]] = {}
    sure: Mapping[str, tuple[str, ...]] = {}
    redact: Callable[[Json], Json] = lambda value: value
    why_no_secret: Callable[[str], str] = lambda _: "weir.toml says where it is"

    @property
    def variables(self) -> dict[str, str]:
        """What tells a program of the step which run it is part of."""
        return {
            "WEIR_RUN_ID": self.run,
            "WEIR_STEP": self.path,
            "WEIR_ATTEMPT": str(self.attempt),
            "WEIR_WORKSPACE": str(self.workspace.root),
        }


class Done(Struct, frozen=True):
    """The step has succeeded. `artifact`: its output is a document in the store.

    `code`: the files of the workspace whose code it ran, each with its SHA-256.
    `asked`: the digest of a model's question; `earlier`: whose answer was taken.
    """

    output: Json
    artifact: bool = False
    usage: Usage | None = None
    code: dict[str, str] = {}
    asked: str = ""
    earlier: Earlier | None = None


class Asks(Struct, frozen=True):
    """The step needs a person's decision, bound to `digest`.

    `offer`: on a kept answer to what it would ask a model.
    """

    request: Request
    digest: str
    offer: Offer | None = None


class Waits(Struct, frozen=True):
    """The step ends at `until`, in seconds since 1970; with `awaits`, it fails then.

    Without `until` it waits for as long as it takes: for values of a person.
    """

    until: float | None
    awaits: Awaited | None = None


class Begins(Struct, frozen=True):
    """The step is a run of another workflow, which begins with these inputs."""

    inputs: dict[str, Json]


Outcome = Done | Asks | Waits | Begins


class StepFailed(Exception):
    """The attempt ended badly; `failure` says how, and whether another may help."""

    def __init__(self, failure: Failure, usage: Usage | None = None) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.usage = usage


def failed(
    kind: str,
    message: str,
    *,
    details: str = "",
    retryable: bool = False,
    sign: str = "",
) -> StepFailed:
    """The error that ends an attempt; no other follows unless it is `retryable`."""
    return StepFailed(Failure(kind, message, details, retryable, sign=sign))
