"""What goes in and out of the store: frozen values, never a Peewee model.

Times are seconds since 1970, UTC. `bytes` fields hold JSON the store does not read.
"""

from __future__ import annotations

from msgspec import Struct


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """A row, as a value.

    Plain data that holds no cycle: the collector has nothing to look for in it.
    """


class EventRecord(Record, frozen=True, kw_only=True):
    """One event of a run's history. `position` and `device_seq` are given on append."""

    run: str
    seq: int
    type: str
    data: bytes
    at: float
    cause: int = 0  # seq of the event it follows from; 0: the root
    position: int = 0  # over all runs, in order of commit
    device: str = ""
    device_seq: int = 0


class RunRecord(Record, frozen=True, kw_only=True):
    id: str
    workflow: str
    version: str
    status: str
    seq: int  # of the newest event
    started_at: float
    updated_at: float
    by: str
    title: str = ""
    project: str = ""
    provider: str = ""
    step: str = ""  # where it stands: the path of the newest active step
    done: int = 0
    total: int = 0
    ended_at: float | None = None
    reason: str = ""
    inputs: bytes = b"{}"
    wake_at: float | None = None  # when its time is up
    parent: str = ""  # the run that started it; "" at the top
    root: str = ""  # the run at the top of that; "" when it is this one
    variant_of: str = ""  # the name that led to its workflow, as one of several


class StepRecord(Record, frozen=True, kw_only=True):
    """One visit of a step. `wake_at` is when a timer of it is due."""

    run: str
    path: str
    step: str
    kind: str
    visit: int
    position: int  # order of becoming ready, from 1
    status: str
    attempt: int = 0
    runner: str = ""
    ready_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    wake_at: float | None = None
    title: str = ""
    summary: str = ""  # an error, or the beginning of the output
    awaits: str = ""  # what it waits for besides a time: file, decision, values
    asked: str = ""  # SHA-256 of the question that a model answered


class ApprovalRecord(Record, frozen=True, kw_only=True):
    id: str
    run: str
    path: str
    workflow: str
    status: str
    title: str
    digest: str
    request: bytes
    requested_at: float
    risk: str = "normal"
    required: int = 1
    approvers: tuple[str, ...] = ()
    deadline: float | None = None
    decisions: bytes = b"[]"
    ended_at: float | None = None
    project: str = ""


class ArtifactRecord(Record, frozen=True, kw_only=True):
    run: str
    path: str
    name: str
    title: str
    form: str
    digest: str
    size: int
    created_at: float


class LogRecord(Record, frozen=True, kw_only=True):
    """A piece of log. With `open`, the next piece of the attempt continues the line.

    `stream` is out, err, llm, prompt or info. `id` is given on writing. Of the stream
    `prompt` a piece that is written may be a whole message, of several lines. `exact`
    are the bytes that were written, where `text` and a line's end don't say them.
    """

    run: str
    path: str
    attempt: int
    at: float
    stream: str
    text: str
    open: bool = False
    id: int = 0
    exact: bytes | None = None

    @property
    def written(self) -> bytes:
        """Byte for byte, but for what was a secret."""
        if self.exact is not None:
            return self.exact
        text = self.text if self.open else f"{self.text.removesuffix(chr(10))}\n"
        return text.encode()


class DefinitionRecord(Record, frozen=True, kw_only=True):
    """A name and its kind; `version` is the sha256 of the good version in force.

    `missing` says that its file is gone; the versions and runs stay.
    """

    kind: str
    name: str
    path: str  # relative to the workspace, with forward slashes
    version: str = ""
    title: str = ""
    missing: bool = False
    problems: int = 0
    updated_at: float = 0.0


class VersionRecord(Record, frozen=True, kw_only=True):
    """One immutable text. `compiled` is the parsed definition, for format `format`."""

    sha: str
    kind: str
    name: str
    text: str
    compiled: bytes
    format: int
    created_at: float
    commit: str = ""  # of Git, where the text came from one; "" when not committed
    uses: tuple[str, ...] = ()  # "step/data-snapshot": for where-used


class ProblemRecord(Record, frozen=True, kw_only=True):
    path: str
    line: int
    column: int
    message: str
    hint: str = ""


class RunnerRecord(Record, frozen=True, kw_only=True):
    """A runner process. `boot` names this start of the machine, so a pid means one."""

    id: str
    pid: int
    pid_started: str
    machine: str
    boot: str
    started_at: float
    beat_at: float
    ended_at: float | None = None


class ProcessRecord(Record, frozen=True, kw_only=True):
    """The process group an attempt started, so that it can be ended before another."""

    run: str
    path: str
    attempt: int
    pid: int
    pid_started: str
    boot: str


class ProjectRecord(Record, frozen=True, kw_only=True):
    name: str
    title: str = ""
    archived: bool = False
    created_at: float = 0.0
    facts: bytes = b"{}"  # what is known of it, for schedules to go by


class ScheduleRecord(Record, frozen=True, kw_only=True):
    """What begins runs of a workflow by itself. `kind` is cron, file or eligible.

    `rule` is JSON of what the file says; `next_at` when it is due, None while paused
    or gone; `looked_at` when it was first acted on; `trouble` why it can't be.
    """

    name: str
    workflow: str
    kind: str
    rule: bytes
    zone: str = ""
    paused: bool = False
    gone: bool = False
    next_at: float | None = None
    looked_at: float | None = None
    trouble: str = ""
    created_at: float = 0.0


class OccasionRecord(Record, frozen=True, kw_only=True):
    """One time, file or project for which a schedule was to begin a run.

    `status` is waiting, started, skipped, missed, known (a file that was there before)
    or over (a project that is not eligible any more). `subject` is the file or the
    project. `details` is JSON of what templates may read.
    """

    schedule: str
    key: str
    at: float  # when this was noted
    due: float
    status: str = "waiting"
    subject: str = ""
    run: str = ""
    reason: str = ""
    details: bytes = b"{}"


FAILURES = ("failed", "interrupted", "missing")


class NoticeRecord(Record, frozen=True, kw_only=True):
    """Telling a gate to a target on an occasion: asked, reminded 2, escalated.

    Or a failure: failed 17, interrupted 8, missing 5, with the number of its event.
    `about` is the id of the gate, or of the run, or RUN/PATH of the step.

    `status` is waiting, sending, sent, unknown (it may have arrived), failed or over
    (it was answered before). Those of one `message` were sent together; `tries` are
    those that failed, `reason` why the last one did, or why there was none.
    """

    about: str
    occasion: str
    target: str
    run: str
    risk: str
    why: str  # the target is told
    at: float
    status: str = "waiting"
    due: float = 0.0  # not before
    tries: int = 0
    message: str = ""
    runner: str = ""
    tried_at: float | None = None
    reason: str = ""

    @property
    def is_failure(self) -> bool:
        return self.occasion.startswith(FAILURES)

    @property
    def is_stuck(self) -> bool:
        """Whether it can't even be tried, for the reason that it says."""
        return bool(self.reason) and not self.tries


class ActRecord(Record, frozen=True, kw_only=True):
    """What a person did outside of any run: `prune`, `project`. `by` is who, as JSON.

    `details` is JSON of what the act was about; `position` is given on writing.
    """

    at: float
    kind: str
    what: str  # in words, for a person
    by: bytes
    details: bytes = b"{}"
    position: int = 0


class SnapshotRecord(Record, frozen=True, kw_only=True):
    """The state of a run after `seq`."""

    run: str
    seq: int
    at: float
    data: bytes
