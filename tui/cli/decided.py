"""What became of a gate, in words."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from engine.machine.state import Decision
from store.records import ApprovalRecord, RunRecord
from tui.cli import out
from tui.deciders import outcome
from tui.words.times import ago, now


def decisions(approval: ApprovalRecord) -> list[Decision]:
    return msgspec.json.decode(approval.decisions, type=list[Decision])


def already(approval: ApprovalRecord) -> str:
    """`a0… is already approved by ana 4 minutes ago`."""
    by = " and ".join(dict.fromkeys(each.by.name for each in decisions(approval)))
    whom = f" by {by}" if by else ""
    at = approval.ended_at or now()
    return f"{approval.id} is already {outcome(approval)}{whom} {ago(at)}"


def decided_lines(approval: ApprovalRecord, run: RunRecord | None) -> Iterator[str]:
    """What was decided just now, who else must, and where that leaves the run."""
    made = decisions(approval)
    last = made[-1]
    who = f"{last.by.name} ({last.by.via})"
    yield f"{approval.id}: {out.one_line(f'{last.choice} by {who}')}"
    if approval.status == "pending":
        left = approval.required - len(made)
        yield f"the gate is still open: {left} more must decide"
    elif run is not None:
        gate, left_in = out.status(outcome(approval)), out.status(run.status)
        yield f"the gate is {gate}, run {run.id} is {left_in}"
