"""What may be asked of a run. Any of these may be refused, with a reason."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from engine.machine.state import (
    Actor,
    Awaited,
    Cassette,
    Earlier,
    Edit,
    Failure,
    Forked,
    Kept,
    Occasion,
    Offer,
    Parent,
    Request,
    Usage,
    Variant,
)

Json = Any


class StartRun(Struct, frozen=True):
    run: str
    inputs: dict[str, Json]
    version: str
    pins: dict[str, str]
    by: Actor
    project: str = ""
    provider: str = ""
    parent: Parent | None = None
    fork: Forked | None = None
    variant: Variant | None = None
    kept: tuple[Kept, ...] = ()  # of the run it is forked from
    occasion: Occasion | None = None  # where a schedule began it
    cassette: Cassette | None = None  # where models are recorded, or played


class StartAttempt(Struct, frozen=True):
    """Take a ready step. Accepting this is the lock: the second runner is refused."""

    path: str
    runner: str


class ReportSuccess(Struct, frozen=True):
    """`take`: a runner that takes what becomes ready in the same transaction.

    `code`: the files whose code it ran, each with its SHA-256. `asked` and `earlier`
    are the event's.
    """

    path: str
    attempt: int
    runner: str
    output: Json = None
    artifact: bool = False
    usage: Usage | None = None
    take: str = ""
    code: dict[str, str] = {}
    asked: str = ""
    earlier: Earlier | None = None


class ReportFailure(Struct, frozen=True):
    path: str
    attempt: int
    runner: str
    failure: Failure
    usage: Usage | None = None


class ReportLost(Struct, frozen=True):
    """The runner of this attempt is gone; `why` says how that is known."""

    path: str
    attempt: int
    runner: str
    why: str


class RequestApproval(Struct, frozen=True):
    """A gate, rendered: what is asked; `offer`: on a kept answer to a question."""

    path: str
    attempt: int
    runner: str
    approval: str
    request: Request
    digest: str
    offer: Offer | None = None


class BeginWait(Struct, frozen=True):
    """Let a step wait until a time; with `awaits` for that, and so long at most.

    Values that a person gives are waited for without an end.
    """

    path: str
    attempt: int
    runner: str
    until: float | None
    awaits: Awaited | None = None


class ReportAwaited(Struct, frozen=True):
    """What a step waits for is there; with `failure` it can't come any more."""

    path: str
    attempt: int
    output: Json = None
    failure: Failure | None = None


class BeginChild(Struct, frozen=True):
    """Start the run of another workflow, by this id, and wait for its end."""

    path: str
    attempt: int
    runner: str
    child: str
    inputs: dict[str, Json] = {}


class ReportChild(Struct, frozen=True):
    """The run that a step has started came to its end: with a run's status."""

    path: str
    child: str
    status: str
    output: Json = None
    reason: str = ""


class GoOnWithChild(Struct, frozen=True):
    """A person let the run go on that a failed step has started: go on with it."""

    path: str
    child: str
    by: Actor


class DecideApproval(Struct, frozen=True):
    approval: str
    choice: str
    digest: str
    by: Actor
    comment: str = ""
    reason: str = ""
    inputs: dict[str, Json] = {}
    edit: Edit | None = None


class WithdrawApproval(Struct, frozen=True):
    approval: str
    by: Actor
    comment: str = ""


class FireTimer(Struct, frozen=True):
    """A time has come for a step: a retry, the end of a wait, a gate's deadline.

    Without a path it has come for the run, which may take no longer.
    """

    path: str


class ResolveStep(Struct, frozen=True):
    """A person's word on a step: `again`, `done` (with output) or `fail`.

    `again` and `fail` are for an interrupted one, `done` for any that stands still.
    """

    path: str
    how: str
    by: Actor
    output: Json = None
    comment: str = ""


class SkipStep(Struct, frozen=True):
    """Go on as if a step had succeeded without an output, for a reason."""

    path: str
    reason: str
    by: Actor


class GoBack(Struct, frozen=True):
    """Come to an earlier step of a list again: `to` is its path, of any visit."""

    to: str
    by: Actor
    comment: str = ""


class SetContext(Struct, frozen=True):
    """Give context values by their dotted names; templates read them from then on."""

    values: dict[str, Json]
    by: Actor


class TickItem(Struct, frozen=True):
    """Tick an item of a checklist by its number from 1, or take that back.

    `text`: what it says, as far as it was seen; refused when it says something else.
    """

    path: str
    item: int
    by: Actor
    text: str = ""
    undo: bool = False


class RollBack(Struct, frozen=True):
    """Undo what was done after a step, newest first; all of it without `to`.

    `above`: asked by the run that has started this one. `patient`: not before what is
    done at its end has been; the run above hears of that end, and asks again.
    """

    to: str
    by: Actor
    above: bool = False
    patient: bool = False


class RetryRun(Struct, frozen=True):
    """Go on from the failed step of a failed run, or from where one was rolled back.

    `revive`: asked by the run above, which goes on and had ended this one.
    """

    by: Actor
    step: str = ""
    revive: bool = False


class AdoptVersion(Struct, frozen=True):
    """Go on by another version; `inputs` are the run's, with its new defaults."""

    version: str
    pins: dict[str, str]
    inputs: dict[str, Json]
    by: Actor


class PauseRun(Struct, frozen=True):
    by: Actor
    comment: str = ""


class ResumeRun(Struct, frozen=True):
    by: Actor


class CancelRun(Struct, frozen=True):
    by: Actor
    comment: str = ""


Command = (
    StartRun
    | StartAttempt
    | ReportSuccess
    | ReportFailure
    | ReportLost
    | RequestApproval
    | BeginWait
    | ReportAwaited
    | BeginChild
    | ReportChild
    | GoOnWithChild
    | DecideApproval
    | WithdrawApproval
    | FireTimer
    | ResolveStep
    | SkipStep
    | GoBack
    | SetContext
    | TickItem
    | RollBack
    | RetryRun
    | AdoptVersion
    | PauseRun
    | ResumeRun
    | CancelRun
)
