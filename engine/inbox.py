"""All that waits for a person, and why a run stands where it does."""

from __future__ import annotations

from msgspec import Struct

from engine.handle import Engine
from engine.machine.gate import gate_of
from engine.machine.plan import Plan
from engine.machine.state import (
    ApprovalStatus,
    RunState,
    RunStatus,
    StepState,
    StepStatus,
)
from engine.spans import age, left
from store import approvals, runs, steps
from store.records import ApprovalRecord


class InboxItem(Struct, frozen=True):
    """One thing that waits: `kind` is approval or interrupted."""

    kind: str
    id: str
    run: str
    path: str
    workflow: str
    title: str
    since: float
    hint: str  # the command that answers it
    deadline: float | None = None
    risk: str = "normal"


def inbox(engine: Engine) -> list[InboxItem]:
    """Oldest first."""
    items = [_asked(row) for row in approvals.pending(engine.database)]
    for row in steps.interrupted(engine.database):
        run = runs.get(engine.database, row.run)
        items.append(
            InboxItem(
                kind="interrupted",
                id=f"{row.run}/{row.path}",
                run=row.run,
                path=row.path,
                workflow=run.workflow if run else "",
                title=f"{row.path} may or may not have happened: {row.summary}",
                since=row.started_at or row.ready_at,
                hint=f"weir mark {row.run} {row.path} --again | --output JSON | --fail",
            )
        )
    return sorted(items, key=lambda item: (item.since, item.id))


def why(engine: Engine, run_id: str) -> str:
    """One sentence: what the run waits for, since when, and who can move it."""
    state = engine.load(run_id)
    if state.ended:
        return f"{run_id} has {_END[state.status]}" + _because(state)
    if state.status is RunStatus.PAUSED:
        return f"{run_id} is paused{_because(state)}; `weir resume {run_id}` goes on"
    plan = engine.plan_of(state)
    now = engine.clock()
    working = [step for step in state.active if step.arms is None]
    said = [_why_step(plan, state, step, now) for step in working[:_TOLD]]
    if len(working) > _TOLD:
        said.append(f"and so do {len(working) - _TOLD} more")
    return "; ".join(said) if said else f"{run_id} has nothing left to do"


_TOLD = 5  # steps that are told; a loop may have hundreds

_END = {
    RunStatus.SUCCEEDED: "succeeded",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "been cancelled",
    RunStatus.ROLLED_BACK: "been rolled back",
}


def _because(state: RunState) -> str:
    return f": {state.reason}" if state.reason else ""


def _why_step(plan: Plan, state: RunState, step: StepState, now: float) -> str:
    match step.status:
        case StepStatus.WAITING if step.approval:
            return _why_gate(plan, state, step, now)
        case StepStatus.WAITING if step.child:
            return f"{step.path} waits for run {step.child}: `weir why {step.child}`"
        case StepStatus.WAITING:
            return f"{step.path} waits {_in(step.wake_at, now)}"
        case StepStatus.RETRYING:
            error = step.error.message if step.error else "its attempt failed"
            return f"{step.path} is tried again {_in(step.wake_at, now)}: {error}"
        case StepStatus.INTERRUPTED:
            return (
                f"{step.path} may or may not have happened ({step.reason}); you say:"
                f" `weir mark {state.id} {step.path} --again | --output JSON | --fail`"
            )
        case StepStatus.READY:
            return (
                f"{step.path} is ready since {_ago(step.ready_at, now)} and waits for a"
                " runner; `weir runner status` tells if one is awake"
            )
        case _:
            since = _ago(step.started_at or step.ready_at, now)
            return f"{step.path} is being done, attempt {step.attempt}, since {since}"


def _why_gate(plan: Plan, state: RunState, step: StepState, now: float) -> str:
    approval = state.approvals[step.approval]
    gate = gate_of(plan, step)
    needed = gate.required - len(approval.decisions)
    who = ", ".join(gate.approvers) or "anyone here"
    number = f"{needed} of " if gate.required > 1 else ""
    words = (
        f"{step.path} waits for a decision by {number}{who}"
        f" since {_ago(approval.requested_at, now)}: `weir approve {approval.id}`"
    )
    if approval.deadline is not None and approval.status is ApprovalStatus.PENDING:
        words += f" ({gate.on_timeout} {_in(approval.deadline, now)})"
    return words


def _in(at: float | None, now: float) -> str:
    return f"in {left((at or now) - now)}"


def _ago(at: float, now: float) -> str:
    return f"{age(now - at)} ago"


def _asked(row: ApprovalRecord) -> InboxItem:
    return InboxItem(
        kind="approval",
        id=row.id,
        run=row.run,
        path=row.path,
        workflow=row.workflow,
        title=row.title,
        since=row.requested_at,
        hint=f"weir approve {row.id}",
        deadline=row.deadline,
        risk=row.risk,
    )
