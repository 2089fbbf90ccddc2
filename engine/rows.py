"""From a run's state to the rows that lists are read from."""

from __future__ import annotations

import msgspec

from engine.machine import events as e
from engine.machine.codec import encode
from engine.machine.evolve import CONTEXT
from engine.machine.gate import gate_of, widened
from engine.machine.plan import Plan
from engine.machine.putting import CALLED_OFF
from engine.machine.state import (
    ApprovalState,
    RunState,
    StepState,
    StepStatus,
    word_of,
)
from engine.machine.ticking import items_of
from engine.machine.turns import is_turn, turn_in_words
from engine.machine.waiting import words_of
from store.records import (
    ApprovalRecord,
    ArtifactRecord,
    EventRecord,
    RunRecord,
    StepRecord,
)

_DONE = (StepStatus.SUCCEEDED, StepStatus.SKIPPED)
_json = msgspec.json.Encoder().encode


def event_row(run: str, entry: e.Entry) -> EventRecord:
    type_, data = encode(entry.event)
    return EventRecord(
        run=run, seq=entry.seq, type=type_, data=data, at=entry.at, cause=entry.cause
    )


def run_row(plan: Plan, state: RunState) -> RunRecord:
    return RunRecord(
        id=state.id,
        workflow=state.workflow,
        version=state.version,
        status=state.status.value,
        seq=state.seq,
        started_at=state.started_at,
        updated_at=state.updated_at,
        by=state.by.name,
        title=plan.workflow.title,
        project=state.project,
        provider=state.provider,
        step=_standing(state),
        done=_done(plan, state),
        total=len(plan.top),
        ended_at=state.ended_at,
        reason=state.reason,
        inputs=_json(state.inputs),
        wake_at=state.deadline,
        parent=state.parent.run if state.parent else "",
        root=state.parent.root if state.parent else "",
        variant_of=state.variant.of if state.variant else "",
    )


def _done(plan: Plan, state: RunState) -> int:
    """How many of the steps at the top are done: counted at every event of a run."""
    latest, steps = state.latest, state.steps
    paths = [latest[step] for step in plan.top if step in latest]
    return sum(1 for path in paths if steps[path].status in _DONE)


def step_row(plan: Plan, state: RunState, path: str) -> StepRecord:
    step = state.steps[path]
    known = plan.steps.get(step.step)
    waits = step.status is StepStatus.WAITING
    return StepRecord(
        run=state.id,
        path=path,
        step=step.step,
        kind=known.kind if known else "context",
        visit=step.visit,
        # A snapshot that is older than positions has none.
        position=step.position or list(state.steps).index(path) + 1,
        status=step.status.value,
        attempt=step.attempt,
        runner=step.runner,
        ready_at=step.ready_at,
        started_at=step.started_at,
        ended_at=step.ended_at,
        wake_at=step.wake_at,
        title=known.title if known else "Context",
        summary=_summary(step),
        awaits=word_of(step.awaits) if step.awaits and waits else "",
        asked="" if step.reused else step.asked,
    )


def approval_row(
    plan: Plan, state: RunState, event: e.ApprovalRequested
) -> ApprovalRecord:
    """The row of a gate that opens. `approval_update` carries it on from there."""
    gate = gate_of(plan, state.steps[event.path])
    approval = state.approvals[event.approval]
    return ApprovalRecord(
        id=event.approval,
        run=state.id,
        path=event.path,
        workflow=state.workflow,
        status=approval.status.value,
        title=event.request.title,
        digest=event.digest,
        request=_json(event.request),
        requested_at=approval.requested_at,
        risk=gate.risk,
        required=gate.required,
        approvers=gate.approvers,
        deadline=approval.deadline,
        project=state.project,
    )


def approval_update(row: ApprovalRecord, approval: ApprovalState) -> ApprovalRecord:
    return msgspec.structs.replace(
        row,
        status=approval.status.value,
        deadline=approval.deadline,
        approvers=widened(row.approvers, approval.approvers),
        decisions=_json(approval.decisions),
        ended_at=approval.ended_at,
    )


def artifact_row(plan: Plan, state: RunState, path: str) -> ArtifactRecord:
    step = state.steps[path]
    output = step.output
    return ArtifactRecord(
        run=state.id,
        path=path,
        name=step.step,
        title=output["title"],
        form=output["form"],
        digest=output["sha256"],
        size=output["size"],
        created_at=step.ended_at or state.updated_at,
    )


def _standing(state: RunState) -> str:
    for paths in reversed(state.live.values()):
        for path in reversed(paths):
            if state.steps[path].arms is None:
                return path
    return next(reversed(state.steps), "") if state.steps else ""


def _document(step: StepState) -> str:
    title = str(step.output["title"])
    if not step.ticks:
        return title
    items = items_of(step)
    ticked = sum(item.tick is not None for item in items)
    return f"{title}: {ticked} of {len(items)} ticked"


def _summary(step: StepState) -> str:
    came = _what_came(step)
    return f"outdated: {came}".removesuffix(": ") if step.outdated else came


def _tally(step: StepState) -> str:
    """How many arms stand how; one that its `cancel_when` ended is called off only."""
    count = {**step.tally}
    if off := count.pop(CALLED_OFF, 0):
        count[StepStatus.CANCELLED] -= off
        count["called off"] = off
    return ", ".join(f"{n} {status}" for status, n in count.items() if n)


def _what_came(step: StepState) -> str:
    if step.awaits and step.status is StepStatus.WAITING:
        return f"for {words_of(step.awaits)}"
    if step.error and step.status is not StepStatus.SUCCEEDED:
        return step.error.message
    if step.reason:
        return step.reason
    if step.arms is not None and step.output is None:
        return _tally(step)
    if step.step == CONTEXT:
        return ", ".join(step.looks_up or ())
    if step.output is None:
        return ""
    if isinstance(step.output, dict) and step.artifact:
        return _document(step)
    if is_turn(step.output):
        return turn_in_words(step.output)
    left = _json(step.output)[:200].decode(errors="replace")
    return f"reused from {step.reused}: {left}" if step.reused else left
