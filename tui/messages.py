"""What was read from the store, and what a pane wishes: the words between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.message import Message

from engine.snoozing import Snoozes
from engine.stuck import Stuck
from store.drafts import DraftRecord
from store.records import (
    ApprovalRecord,
    DefinitionRecord,
    LogRecord,
    ProblemRecord,
    ProjectRecord,
    RunRecord,
    StepRecord,
)
from tui.panes.gate import Gate

if TYPE_CHECKING:
    from engine.blocking import Blocks
    from engine.machine.missing import Lack
    from engine.outlook import Outlook


class Find(Struct, frozen=True):
    """Which runs are wanted: what `/` says, and of a project."""

    search: str = ""
    project: str = ""


class Read(Message):
    """Something was read from the store, for the screen to draw."""


@dataclass
class RunsRead(Read):
    """Runs as they are now, newest first, to be put among those already shown.

    `anew`: these are the newest, and others shown before them are dropped. `end`: no
    older run follows the last of them. `find` is what they were read for; `gone` are
    those that it no longer finds.
    """

    runs: list[RunRecord]
    find: Find
    anew: bool = False
    end: bool = False
    gone: frozenset[str] = frozenset()


@dataclass
class CountsRead(Read):
    """How many runs there are of each status."""

    runs: dict[str, int]


@dataclass
class ApprovalsRead(Read):
    """What waits for a person: gates by risk, then age, how many in all, and steps.

    `runs` are those that hold them.

    `changed` are the runs with news that this was read for; None: any may have some.
    """

    pending: list[ApprovalRecord]
    total: int
    changed: set[str] | None = None
    stuck: list[Stuck] = field(default_factory=list)
    runs: dict[str, RunRecord] = field(default_factory=dict)


@dataclass
class FailuresRead(Read):
    """What has failed since the last read, by id, each with its headline."""

    failures: dict[str, str]


@dataclass
class SnoozesRead(Read):
    """What the person at this window has snoozed, by the id of the approval."""

    snoozes: Snoozes


@dataclass
class DraftsRead(Read):
    """What the person at this window has edited and not decided on.

    `over` are gates that ask it no more, by id.
    """

    drafts: list[DraftRecord]
    over: list[str]


@dataclass
class BlocksRead(Read):
    """What the approvals that were read last block, by id; what runs lack, by run."""

    blocks: dict[str, Blocks]
    lacks: dict[str, Lack] = field(default_factory=dict)


@dataclass
class GateRead(Read):
    """The gate that was asked for, as it is now (it may have ended)."""

    gate: Gate
    outlook: Outlook | None = None


@dataclass
class DefinitionsRead(Read):
    definitions: list[DefinitionRecord]
    problems: list[ProblemRecord]


@dataclass
class ProjectsRead(Read):
    """The projects, and how many runs of each status belong to one."""

    projects: list[ProjectRecord]
    counts: dict[str, dict[str, int]]


class LogRead(Struct):
    """What is new in the log of a run, or of its step of that `path`.

    `skipped`: more came than is read at once, and these are the last. Where nobody
    follows the end there are no pieces: how many `lines`, and the id of the `last`.
    """

    path: str | None = None
    pieces: list[LogRecord] | None = None
    skipped: bool = False
    lines: int = 0
    last: int = 0


@dataclass
class RunRead(Read):
    """The chosen run with its steps and gates, and what is new in its log."""

    run: RunRecord
    steps: list[StepRecord]
    log: LogRead
    gates: list[ApprovalRecord] = field(default_factory=list)


@dataclass
class SettingsChanged(Read):
    """The person's settings are others in their file."""


@dataclass
class RunChosen(Message):
    """The cursor of Runs stands on another run; "" when there is none."""

    run: str


@dataclass
class FindRuns(Message):
    find: Find


@dataclass
class GoTo(Message):
    """Show a pane, and in it the row of that key."""

    pane: str
    key: str = ""
