"""The state of a run: the value folded from its history, and the words for statuses.

Times are seconds since 1970, UTC. A step is keyed by its path: `draft` is the first
visit of step `draft`, `draft#2` the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from msgspec import Struct

from engine.machine.places import scopes_around

Json = Any


class RunStatus(StrEnum):
    CREATED = "created"
    RUNNING = "running"
    WAITING = "waiting"  # nothing can go on until a person or a clock has spoken
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


class StepStatus(StrEnum):
    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"  # for a decision, a file or another run, or until a time
    RETRYING = "retrying"  # failed, and tried again at `wake_at`
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # it may or may not have happened: a person says
    UNDONE = "undone"


class ApprovalStatus(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


RUN_ENDED = frozenset(
    {
        RunStatus.SUCCEEDED,
        RunStatus.FAILED,
        RunStatus.CANCELLED,
        RunStatus.ROLLED_BACK,
    }
)
STEP_ENDED = frozenset(
    {
        StepStatus.SUCCEEDED,
        StepStatus.FAILED,
        StepStatus.SKIPPED,
        StepStatus.CANCELLED,
        StepStatus.UNDONE,
    }
)
# Active: someone is, or will be, at work on it or was when the lights went out.
STEP_ACTIVE = frozenset(
    {
        StepStatus.READY,
        StepStatus.RUNNING,
        StepStatus.WAITING,
        StepStatus.RETRYING,
        StepStatus.INTERRUPTED,
    }
)


class Actor(Struct, frozen=True, omit_defaults=True):
    """Who did it, and from where.

    `via` is `cli`, `workbench`, `browser`, `script` (no terminal), `runner` or `timer`.
    """

    name: str
    via: str = "cli"
    uid: int | None = None
    login_uid: int | None = None
    machine: str = ""
    terminal: str = ""
    ssh: str = ""  # SSH_CONNECTION, where there is one
    roles: tuple[str, ...] = ()


class Failure(Struct, frozen=True, omit_defaults=True):
    """Why an attempt ended badly, in words for the person who reads them.

    `kind` is one of: exit, timeout, template, missing, output, model, http, lost,
    cancelled, rejected, expired, limit, internal, fail.
    """

    kind: str
    message: str
    details: str = ""  # a raw answer, the end of stderr
    retryable: bool = True
    retry_after: float | None = None  # seconds, as the other side asked
    sign: str = ""  # finer than the kind: status:503, exit:75, unanswered


class Usage(Struct, frozen=True, omit_defaults=True):
    """What a model was asked and answered, in tokens; times in seconds.

    `agent` is empty where a step names a model itself, or its event is an old one.
    """

    model: str = ""
    provider: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    turns: int = 1
    seconds: float = 0.0
    first_token: float | None = None
    cost: float | None = None  # US dollars; None: free, or its price is not known
    agent: str = ""

    @property
    def named(self) -> str:
        """`provider/model`, as far as either is known."""
        return "/".join(part for part in (self.provider, self.model) if part)


class Shown(Struct, frozen=True, omit_defaults=True):
    """One thing a gate shows: its dotted name, its text as stored, and its SHA-256."""

    name: str
    text: str
    digest: str
    form: str = "text"  # text | markdown | json


class Request(Struct, frozen=True, omit_defaults=True):
    """What a gate asks, rendered once. Its digest is what a decision is bound to."""

    title: str
    text: str = ""
    shown: tuple[Shown, ...] = ()
    choices: tuple[str, ...] = ()
    then: dict[str, str] = {}  # choice -> what happens on it, in words
    risk: str = "normal"
    complete: tuple[str, ...] = ()  # checklists whose items are ticked before a yes
    budget: str = ""  # run | day: which a yes lifts; once it was not said, and is both
    spent: float = 0.0  # of that budget when it was asked, in US dollars


class Edit(Struct, frozen=True):
    """A changed draft: which of the shown, both digests, the new text and the diff."""

    name: str
    original: str
    digest: str
    text: str
    diff: str


class Decision(Struct, frozen=True, omit_defaults=True):
    """One person's answer to a gate, with what they saw (`digest` of the request)."""

    choice: str
    by: Actor
    at: float
    digest: str
    comment: str = ""
    reason: str = ""  # the key of a canned reason
    inputs: dict[str, Json] = {}
    edit: Edit | None = None


class ApprovalState(Struct, frozen=True, omit_defaults=True):
    id: str
    path: str
    status: ApprovalStatus
    digest: str
    requested_at: float
    deadline: float | None = None
    decisions: tuple[Decision, ...] = ()
    reminders: int = 0
    ended_at: float | None = None
    remind_at: float | None = None
    escalate_at: float | None = None
    approvers: tuple[str, ...] = ()  # who may decide besides, since it was escalated


class ArmState(Struct, frozen=True, omit_defaults=True):
    """One arm of a step that holds steps: a branch, or the turn for one item."""

    status: StepStatus = StepStatus.PENDING
    value: Json = None  # the item
    watches: tuple[str, ...] = ()
    reason: str = ""
    called_off: bool = False  # by its own `cancel_when`: not counted by `join`
    started_at: float | None = None
    ended_at: float | None = None


class Parent(Struct, frozen=True):
    """The step of another run that a run was started by; `depth` counts from 1."""

    run: str
    path: str
    root: str  # the run at the top
    depth: int = 1


class Ending(Struct, frozen=True, omit_defaults=True):
    """How a run ends: its status, why, at which step; `kind` of failure, or by whom."""

    outcome: RunStatus
    reason: str = ""
    path: str = ""
    kind: str = ""
    by: Actor | None = None


class Rollback(Struct, frozen=True, omit_defaults=True):
    """What is undone, newest first, and what then counts as not done.

    `left` can't be undone, or a person said to leave it; `dropped` left nothing behind.
    """

    to: str
    by: Actor
    steps: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


class Variant(Struct, frozen=True):
    """A decision point before the first step: which of several workflows it became.

    `of` is the name that was asked for, `options` the weights by name; `by` is the
    expression whose `value` chose, which it will do alike the next time.
    """

    of: str
    options: dict[str, float]
    chosen: str
    by: str
    value: Json = None


class Occasion(Struct, frozen=True, omit_defaults=True):
    """What a run began for by itself: a time, a file or a project of a schedule."""

    schedule: str
    key: str
    due: float = 0.0


class Forked(Struct, frozen=True):
    """The run that a run was forked from, at a step, as it stood at an event."""

    run: str
    step: str  # the path it begins at
    seq: int


class Kept(Struct, frozen=True, omit_defaults=True):
    """What a step of an old run left, for the run that is forked from it.

    `seq` is the newest event about the step in the old run; `place` is where the new
    one comes to it; `edited`: the output is another one, which the person who forked
    has given; `skipped`: why a person let the old run go on without it.
    """

    path: str
    seq: int
    place: str
    output: Json = None
    artifact: bool = False
    approval: ApprovalState | None = None
    edited: bool = False
    code: dict[str, str] = {}
    skipped: str = ""


class Earlier(Struct, frozen=True):
    """The step whose answer to the very same question is taken, and by which rule.

    `why` is what the step says of `reuse`: same-run, ask or always.
    """

    run: str
    path: str
    why: str


class Offer(Struct, frozen=True):
    """A kept answer to the question whose digest is `asked`, for a person to take."""

    output: Json
    asked: str
    earlier: Earlier


class FileAwaited(Struct, frozen=True, omit_defaults=True, tag="file"):
    """A file of the workspace, or with `pattern` the first that fits one."""

    path: str
    pattern: bool = False


class DecisionAwaited(Struct, frozen=True, tag="decision"):
    """The answer to a gate of another run: `step` is its id, or its place there."""

    run: str
    step: str


class ValuesAwaited(Struct, frozen=True, omit_defaults=True, tag="values"):
    """Context values that a person gives, by their dotted names.

    `why` is what was looked for in vain. `files` are those with which it may be there
    as well, each with its SHA-256 as it was, or "" for one that is not there: another
    text of them is as good as a word. `unfit` has of those names for which something
    was found in what it does not fit. An early Weir told one such `path`.
    """

    names: tuple[str, ...]
    why: str = ""
    path: str = ""
    files: dict[str, str] = {}
    unfit: dict[str, str] = {}

    @property
    def any_file(self) -> dict[str, str]:
        """The files with which it may be there, as `files` has them."""
        return {self.path: "", **self.files} if self.path else self.files


class ContextAwaited(Struct, frozen=True, tag="context"):
    """Context values that are looked up now that the first step needs them."""

    names: tuple[str, ...]


# What a step may wait for besides a time.
Awaited = FileAwaited | DecisionAwaited | ValuesAwaited | ContextAwaited


def word_of(awaited: Awaited) -> str:
    """file, decision, values or context."""
    return str(awaited.__struct_config__.tag)


class Tick(Struct, frozen=True):
    """An item of a checklist that a person ticked: its number and what it said."""

    item: int
    text: str
    by: Actor
    at: float


class StepState(Struct, frozen=True, omit_defaults=True, gc=False):
    """One visit of a step."""

    path: str
    step: str
    visit: int
    status: StepStatus
    ready_at: float = 0.0
    attempt: int = 0  # the newest; 0 before the first
    failures: int = 0  # attempts that count against `retry`
    fallback: int = 0  # which of them is asked, from 1; 0: the one that the step names
    runner: str = ""
    started_at: float | None = None
    ended_at: float | None = None
    wake_at: float | None = None
    output: Json = None
    artifact: bool = False
    error: Failure | None = None
    handled: bool = False  # it failed, and what it stands in went on all the same
    approval: str = ""
    # The digest of the request whose approval led here: what ran is what was shown.
    approved: str = ""
    reason: str = ""  # why skipped, cancelled or interrupted; by whom marked done
    seq: int = 0  # of the newest event about it: what the next one follows from
    position: int = 0  # in the order in which steps were come to, from 1
    # Of a step that holds steps: its arms in order. None for all others.
    arms: dict[str, ArmState] | None = None
    # How many of them stand in each status, and how many were `called_off`.
    tally: dict[str, int] = {}
    child: str = ""  # the run that a `run` step has started
    left: bool = False  # it was to be undone, and could not be
    passed_by: bool = False  # skipped by a person, and not by its `when`
    # A person went back to what it depends on: it no longer counts, and is done again.
    outdated: bool = False
    # The run went back over it, in a list, or was rolled back over it and begun again:
    # a fork, which goes the way that stands, does not come there.
    behind: bool = False
    # Of a step that holds steps: what is undone before it ends, of arms not needed.
    undoing: tuple[str, ...] | None = None
    reused: str = ""  # the run whose output this is
    asked: str = ""  # SHA-256 of the question a model was asked, as it was answered
    code: dict[str, str] = {}  # the files whose code has led to it, by SHA-256
    awaits: Awaited | None = None  # what it waits for, or did in its newest attempt
    offer: Offer | None = None  # a kept answer that a person may take
    ticks: tuple[Tick, ...] = ()  # of a checklist
    # Of a step that looks up context: which names; None: all, before any was put off.
    looks_up: tuple[str, ...] | None = None


class Cassette(Struct, frozen=True, omit_defaults=True):
    """The file that what a run asks models is kept in, or is answered from.

    `file` is below the workspace. `run` is the one that records; empty: it is played.
    `over` is the SHA-256 of a file whose place it may take. `inside` is where a run
    that a step has started stands in the cassette: `report/`.
    """

    file: str
    run: str = ""
    over: str = ""
    inside: str = ""


class RunState(Struct, frozen=True, omit_defaults=True, gc=False):
    id: str
    status: RunStatus
    workflow: str
    version: str  # sha256 of the workflow's text
    started_at: float
    by: Actor
    inputs: dict[str, Json] = {}
    context: dict[str, Json] = {}
    given: tuple[str, ...] = ()  # the names in it that a person gave or set
    project: str = ""
    provider: str = ""  # overrides every step's provider: mock
    steps: dict[str, StepState] = {}
    approvals: dict[str, ApprovalState] = {}
    # By scope and step id (`draft`, `market[us]/price`): the path of the newest visit.
    latest: dict[str, str] = {}
    # By scope, then step id: the path of the newest visit that succeeded.
    finished: dict[str, dict[str, str]] = {}
    # By scope, then step id: the path of the newest visit that failed.
    failures: dict[str, dict[str, str]] = {}
    # By scope: the paths of what is active directly in it. A step that holds steps is
    # active while they are: a scope that is not here has nothing active at any depth.
    live: dict[str, tuple[str, ...]] = {}
    seq: int = 0
    updated_at: float = 0.0
    ended_at: float | None = None
    reason: str = ""  # why it failed, was cancelled or is paused
    kind: str = ""  # of the failure that ended it: timeout
    deadline: float | None = None
    ending: Ending | None = None  # decided; what is always done at the end is under way
    rollback: Rollback | None = None  # under way, or done
    pins: dict[str, str] = {}  # "step/data-snapshot" -> sha256 of the text used
    parent: Parent | None = None
    fork: Forked | None = None
    variant: Variant | None = None
    occasion: Occasion | None = None
    cassette: Cassette | None = None

    @property
    def active(self) -> Iterator[StepState]:
        """One by one: there may be thousands, and mostly the first of them is meant."""
        return (self.steps[path] for paths in self.live.values() for path in paths)

    @property
    def ended(self) -> bool:
        return self.status in RUN_ENDED

    def active_in(self, scope: str) -> list[StepState]:
        """What is active in a scope, at any depth; all of it in the run's own."""
        inside = [paths for at, paths in self.live.items() if at.startswith(scope)]
        return [self.steps[path] for paths in inside for path in paths]

    def seen_from(self, scope: str, step: str) -> str | None:
        """The path of a step's newest success, as what stands in a scope sees it."""
        for around in reversed([*scopes_around(scope)]):
            path = self.finished.get(around, {}).get(step)
            if path is not None:
                return path
        return None

    def newest(self, step: str, scope: str = "") -> StepState | None:
        """The newest visit of a step, or None when it was never reached."""
        path = self.latest.get(scope + step)
        return self.steps[path] if path else None
