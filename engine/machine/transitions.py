"""Which events are legal in which status, and where they lead: the rule book.

Read a row as: in one of these statuses this event is legal and leads there. NEW is
before the first event. `docs/machine.md` is drawn from these tables.
"""

from __future__ import annotations

from engine.machine import events as e
from engine.machine.state import STEP_ACTIVE, ApprovalStatus, RunStatus, StepStatus

NEW = None

_ALIVE = (RunStatus.RUNNING, RunStatus.WAITING, RunStatus.PAUSED)

RUN = {
    e.RunStarted: ((NEW,), RunStatus.RUNNING),
    e.RunPaused: ((RunStatus.RUNNING, RunStatus.WAITING), RunStatus.PAUSED),
    e.RunResumed: ((RunStatus.PAUSED,), RunStatus.RUNNING),
    e.FinallyStarted: (_ALIVE, (RunStatus.RUNNING, RunStatus.PAUSED)),
    e.RunSucceeded: (_ALIVE, RunStatus.SUCCEEDED),
    e.RunFailed: (_ALIVE, RunStatus.FAILED),
    e.RunCancelled: (_ALIVE, RunStatus.CANCELLED),
    # A cancelled one only with the run above, which had ended it.
    e.RunRetried: (
        (RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.ROLLED_BACK),
        RunStatus.RUNNING,
    ),
    e.RollbackStarted: (
        (
            *_ALIVE,
            RunStatus.SUCCEEDED,
            RunStatus.FAILED,
            RunStatus.CANCELLED,
            RunStatus.ROLLED_BACK,
        ),
        RunStatus.ROLLING_BACK,
    ),
    e.RunRolledBack: ((RunStatus.ROLLING_BACK,), RunStatus.ROLLED_BACK),
}

STEP = {
    e.StepReady: ((NEW,), StepStatus.READY),
    e.StepSkipped: (
        (
            NEW,
            StepStatus.READY,
            StepStatus.RETRYING,
            StepStatus.WAITING,
            StepStatus.INTERRUPTED,
            StepStatus.FAILED,
        ),
        StepStatus.SKIPPED,
    ),
    e.AttemptStarted: ((StepStatus.READY,), StepStatus.RUNNING),
    # READY: some of its context was put off, and is looked up first.
    e.StepWaiting: ((StepStatus.READY, StepStatus.RUNNING), StepStatus.WAITING),
    e.ApprovalRequested: ((StepStatus.RUNNING,), StepStatus.WAITING),
    e.StepSucceeded: (
        (
            StepStatus.RUNNING,
            StepStatus.WAITING,
            StepStatus.INTERRUPTED,
            # A person's word that it is done:
            StepStatus.READY,
            StepStatus.RETRYING,
            StepStatus.FAILED,
        ),
        StepStatus.SUCCEEDED,
    ),
    e.StepReused: ((StepStatus.READY,), StepStatus.SUCCEEDED),
    e.StepRetrying: (
        # WAITING: what it waited for did not come in time.
        (StepStatus.RUNNING, StepStatus.WAITING),
        StepStatus.RETRYING,
    ),
    e.StepInterrupted: (
        # READY: what would undo a step that may not have happened is asked about first.
        # RETRYING: a person has ended what was undoing a step.
        (
            StepStatus.READY,
            StepStatus.RUNNING,
            StepStatus.RETRYING,
            StepStatus.CANCELLED,
        ),
        StepStatus.INTERRUPTED,
    ),
    e.StepResumed: (
        (
            # WAITING: a value that its question shows was set anew, or that it lacked,
            # or context that was looked up for it.
            StepStatus.WAITING,
            StepStatus.RETRYING,
            StepStatus.INTERRUPTED,
            StepStatus.FAILED,
            StepStatus.CANCELLED,
        ),
        StepStatus.READY,
    ),
    e.StepFailed: (
        (
            StepStatus.READY,
            StepStatus.RUNNING,
            StepStatus.WAITING,
            StepStatus.INTERRUPTED,
        ),
        StepStatus.FAILED,
    ),
    e.StepCancelled: (tuple(sorted(STEP_ACTIVE)), StepStatus.CANCELLED),
    # An item of the checklist that it left is ticked, or that is taken back.
    e.ItemTicked: ((StepStatus.SUCCEEDED,), StepStatus.SUCCEEDED),
    # A step that holds steps is begun by the rules, without an attempt.
    e.ArmsOpened: ((StepStatus.READY,), StepStatus.RUNNING),
    e.ChildStarted: ((StepStatus.RUNNING,), StepStatus.WAITING),
    # WAITING: the run has come to its end, and is asked again.
    e.ChildUndoing: ((StepStatus.READY, StepStatus.WAITING), StepStatus.WAITING),
    e.StepUndone: (
        (
            StepStatus.SUCCEEDED,
            StepStatus.FAILED,
            StepStatus.CANCELLED,
            StepStatus.SKIPPED,
        ),
        StepStatus.UNDONE,
    ),
    e.ChildRetried: ((StepStatus.FAILED, StepStatus.CANCELLED), StepStatus.WAITING),
}

# Of the arms of a step: branches, and the turns of a loop.
ARM = {
    e.ArmsOpened: ((NEW,), StepStatus.PENDING),
    e.ArmStarted: ((StepStatus.PENDING,), StepStatus.RUNNING),
    e.ArmEnded: (
        (StepStatus.PENDING, StepStatus.RUNNING),
        (StepStatus.SUCCEEDED, StepStatus.FAILED, StepStatus.CANCELLED),
    ),
    e.ArmReopened: (
        (StepStatus.FAILED, StepStatus.CANCELLED),
        (StepStatus.PENDING, StepStatus.RUNNING),
    ),
}

# A decision leads to the status it carries: pending while more approvers are needed.
APPROVAL = {
    e.ApprovalRequested: ((NEW,), ApprovalStatus.PENDING),
    e.ApprovalDecided: (
        (ApprovalStatus.PENDING,),
        (ApprovalStatus.PENDING, ApprovalStatus.APPROVED, ApprovalStatus.REJECTED),
    ),
    e.ApprovalReminded: ((ApprovalStatus.PENDING,), ApprovalStatus.PENDING),
    e.ApprovalEscalated: ((ApprovalStatus.PENDING,), ApprovalStatus.PENDING),
    e.ApprovalExpired: ((ApprovalStatus.PENDING,), ApprovalStatus.EXPIRED),
    e.ApprovalWithdrawn: ((ApprovalStatus.PENDING,), ApprovalStatus.WITHDRAWN),
}
