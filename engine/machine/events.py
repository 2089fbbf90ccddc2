"""What happened to a run. Once released, an event stays readable for ever.

Fields may be added with a default; none is renamed, removed or given another meaning.
The tag is the word in `event.type`.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from engine.machine.state import (
    Actor,
    ApprovalState,
    ApprovalStatus,
    Awaited,
    Cassette,
    Decision,
    Earlier,
    Ending,
    Failure,
    Forked,
    Occasion,
    Offer,
    Parent,
    Request,
    Rollback,
    StepStatus,
    Usage,
    Variant,
)

Json = Any


class Event(Struct, frozen=True, omit_defaults=True, gc=False):
    """A fact. What it follows from is its envelope's `cause`.

    Events and states are plain data without cycles, and thousands are in memory: the
    collector need not look at them.
    """


class RunStarted(Event, frozen=True, tag=True):
    run: str
    workflow: str
    version: str
    by: Actor
    inputs: dict[str, Json] = {}
    pins: dict[str, str] = {}
    project: str = ""
    provider: str = ""
    parent: Parent | None = None
    deadline: float | None = None
    fork: Forked | None = None
    variant: Variant | None = None
    occasion: Occasion | None = None
    cassette: Cassette | None = None


class StepReady(Event, frozen=True, tag=True):
    """A step's turn has come. `approved`: the digest of the request that allowed it.

    `looks_up`: of a step that fills the context, the names that it is to find; None
    in histories from before any of them was put off, where it finds all.
    """

    path: str
    step: str
    visit: int = 1
    approved: str = ""
    looks_up: tuple[str, ...] | None = None


class StepSkipped(Event, frozen=True, tag=True):
    """Its `when` was false, or a person said so."""

    path: str
    step: str
    visit: int = 1
    reason: str = ""
    by: Actor | None = None


class AttemptStarted(Event, frozen=True, tag=True):
    """Committed before the work begins. The attempt may have happened from here on."""

    path: str
    attempt: int
    runner: str
    approved: str = ""


class StepSucceeded(Event, frozen=True, tag=True):
    """`code`: the files of the workspace whose code it ran, each with its SHA-256.

    `asked` is the digest of what a model was asked; with `earlier`, that was not asked
    again.
    """

    path: str
    attempt: int
    output: Json = None
    artifact: bool = False
    usage: Usage | None = None
    by: Actor | None = None  # a person who marked it done
    code: dict[str, str] = {}
    asked: str = ""
    earlier: Earlier | None = None
    comment: str = ""  # of who marked it done


class StepReused(Event, frozen=True, tag=True):
    """What the step left in the run this one was forked from is kept.

    `run`, `source` and `seq` name that run, the path in it and the newest event about
    it. A decision of a gate, in `approval`, was made there. `by`: a person who gave
    another output. `code` was run there.
    """

    path: str
    run: str
    source: str
    seq: int
    output: Json = None
    artifact: bool = False
    approval: ApprovalState | None = None
    by: Actor | None = None
    code: dict[str, str] = {}


class StepRetrying(Event, frozen=True, tag=True):
    """The attempt failed or was lost, and another follows at `at`."""

    path: str
    attempt: int
    failure: Failure
    at: float
    counts: bool = True  # against `retry`; a lost attempt does not
    usage: Usage | None = None
    fallback: int = 0  # which of them is asked next, from 1


class StepFailed(Event, frozen=True, tag=True):
    """`handled`: what it stands in goes on, as its `on_error` says."""

    path: str
    attempt: int
    failure: Failure
    usage: Usage | None = None
    by: Actor | None = None
    handled: bool = False


class StepInterrupted(Event, frozen=True, tag=True):
    """Whether it happened is asked about. `by`: who ended what was undoing a step."""

    path: str
    attempt: int
    reason: str
    by: Actor | None = None


class StepResumed(Event, frozen=True, tag=True):
    """Ready again: a retry's time came, or a person said `again`.

    Or what a gate shows was set anew, so that it asks once more.
    """

    path: str
    by: Actor | None = None
    comment: str = ""


class StepCancelled(Event, frozen=True, tag=True):
    path: str
    reason: str = ""


class StepWaiting(Event, frozen=True, tag=True):
    """A wait has begun; it ends at `until`.

    With `awaits` it ends when that has come, and has failed at `until`; values that a
    person gives are waited for without an end.
    """

    path: str
    attempt: int
    until: float | None
    awaits: Awaited | None = None


class Arm(Struct, frozen=True, omit_defaults=True):
    """An arm as it is opened: its key, the item it is for, the branches it watches."""

    key: str
    value: Json = None
    watches: tuple[str, ...] = ()


class ArmsOpened(Event, frozen=True, tag=True):
    """A step that holds steps has begun. Each arm starts with an event of its own."""

    path: str
    arms: tuple[Arm, ...]


class ArmStarted(Event, frozen=True, tag=True):
    path: str
    arm: str


class ArmEnded(Event, frozen=True, tag=True):
    """`status` is succeeded, failed or cancelled; `reason` says why it did not.

    `called_off`: by its own `cancel_when`.
    """

    path: str
    arm: str
    status: StepStatus
    reason: str = ""
    called_off: bool = False


class ArmReopened(Event, frozen=True, tag=True):
    """A person said `retry`: what failed in this arm is tried again."""

    path: str
    arm: str


class ChildStarted(Event, frozen=True, tag=True):
    """A run of another workflow has begun for this step, which waits for its end."""

    path: str
    attempt: int
    run: str
    workflow: str
    version: str
    inputs: dict[str, Json] = {}


class ChildRetried(Event, frozen=True, tag=True):
    """The step waits for the run it had started, which goes on.

    `revived`: that run had been ended with its step. `own`: a person let it go on, and
    what it stands in goes on with it.
    """

    path: str
    run: str
    revived: bool = False
    own: bool = False


class RouteTaken(Event, frozen=True, tag=True):
    """A decision point: every option, in order, and the one chosen (or `end`)."""

    path: str
    options: tuple[str, ...]
    chosen: str
    why: str = ""  # the expression or choice that matched; "" for the default


class ApprovalRequested(Event, frozen=True, tag=True):
    path: str
    attempt: int
    approval: str
    request: Request
    digest: str
    deadline: float | None = None
    offer: Offer | None = None  # of a kept answer, instead of asking a model
    remind_at: float | None = None
    escalate_at: float | None = None


class ApprovalDecided(Event, frozen=True, tag=True):
    """One person's decision. `status` is pending while more approvers are needed."""

    approval: str
    path: str
    decision: Decision
    status: ApprovalStatus


class ApprovalExpired(Event, frozen=True, tag=True):
    """Nobody decided in time. `then` is the gate's `on_timeout`; never an approval."""

    approval: str
    path: str
    then: str


class ApprovalReminded(Event, frozen=True, tag=True):
    """It is told of again, and next at the `deadline` that is new, or at `remind_at`.

    With `on_timeout: remind` that is the deadline; with `remind` it stays as it was.
    """

    approval: str
    path: str
    deadline: float | None = None
    remind_at: float | None = None


class ApprovalEscalated(Event, frozen=True, tag=True):
    """Nobody has answered for long: `to` are told, and `approvers` may decide too."""

    approval: str
    path: str
    to: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()


class ApprovalWithdrawn(Event, frozen=True, tag=True):
    approval: str
    path: str
    by: Actor | None = None
    comment: str = ""


class UndoStarted(Event, frozen=True, tag=True):
    """Enough arms of a step have succeeded; what the others did is undone first."""

    path: str
    steps: tuple[str, ...]


class ChildUndoing(Event, frozen=True, tag=True):
    """The run that a step has started is rolled back; this waits for its end."""

    path: str
    run: str


class StepUndone(Event, frozen=True, tag=True):
    """What undoes the step was done."""

    path: str


class RollbackStarted(Event, frozen=True, tag=True):
    rollback: Rollback


class RunRolledBack(Event, frozen=True, tag=True):
    to: str


class WentBack(Event, frozen=True, tag=True):
    """A person let the run come to this step again; the visit follows.

    `outdated` are the visits that no longer count, where steps have `needs`.
    """

    to: str
    by: Actor
    comment: str = ""
    outdated: tuple[str, ...] = ()


class ContextSet(Event, frozen=True, tag=True):
    """A person gave a context value, by its dotted name."""

    name: str
    value: Json
    by: Actor


class ItemTicked(Event, frozen=True, tag=True):
    """A person ticked an item of a checklist, or (`undone`) took that back."""

    path: str
    item: int
    text: str
    by: Actor
    undone: bool = False


class RunPaused(Event, frozen=True, tag=True):
    by: Actor
    comment: str = ""


class RunResumed(Event, frozen=True, tag=True):
    by: Actor


class RunRetried(Event, frozen=True, tag=True):
    by: Actor
    step: str
    deadline: float | None = None


class FinallyStarted(Event, frozen=True, tag=True):
    """How the run ends is decided; what is done at the end, whatever comes, begins."""

    ending: Ending


class VersionAdopted(Event, frozen=True, tag=True):
    """The run goes on by another version. What it has done, and asks, stays."""

    version: str
    pins: dict[str, str]
    inputs: dict[str, Json]
    by: Actor


class RunSucceeded(Event, frozen=True, tag=True):
    """`by`, here and in the next: a person who ended what is done at the end."""

    by: Actor | None = None


class RunFailed(Event, frozen=True, tag=True):
    reason: str
    path: str = ""
    kind: str = ""
    by: Actor | None = None


class RunCancelled(Event, frozen=True, tag=True):
    """`by`: who cancelled it; where `finally` was done, `FinallyStarted` names them.

    Nobody where it follows from a gate: who withdrew that is named there.
    """

    reason: str = ""
    by: Actor | None = None


AnyEvent = (
    RunStarted
    | StepReady
    | StepSkipped
    | AttemptStarted
    | StepSucceeded
    | StepReused
    | StepRetrying
    | StepFailed
    | StepInterrupted
    | StepResumed
    | StepCancelled
    | StepWaiting
    | ArmsOpened
    | ArmStarted
    | ArmEnded
    | ArmReopened
    | ChildStarted
    | ChildRetried
    | RouteTaken
    | ApprovalRequested
    | ApprovalDecided
    | ApprovalExpired
    | ApprovalReminded
    | ApprovalEscalated
    | ApprovalWithdrawn
    | UndoStarted
    | ChildUndoing
    | StepUndone
    | RollbackStarted
    | RunRolledBack
    | WentBack
    | ContextSet
    | ItemTicked
    | RunPaused
    | RunResumed
    | RunRetried
    | FinallyStarted
    | VersionAdopted
    | RunSucceeded
    | RunFailed
    | RunCancelled
)


class Entry(Struct, frozen=True, gc=False):
    """An event with its place: `cause` is the seq of the event it follows from."""

    seq: int
    at: float
    cause: int
    event: AnyEvent
