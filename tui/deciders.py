"""Who decided, and from where, in the words of both front ends."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from engine.machine.state import Actor, ApprovalStatus, Decision, Edit
from store.records import ApprovalRecord, StepRecord
from tui.text import SENT_BACK

ANSWERED = (ApprovalStatus.APPROVED, ApprovalStatus.REJECTED)
VIA = {
    "cli": "the command line",
    "workbench": "the workbench",
    "browser": "the workbench in a browser",
    "script": "a script",
}


def whence(by: Actor) -> str:
    """`ana on desk, /dev/pts/3, by the workbench`, as far as it is known."""
    machine = f" on {by.machine}" if by.machine else ""
    address = by.ssh.split()[:1]
    over = [f"over SSH from {address[0]}"] if address else []
    terminal = [by.terminal] if by.terminal else []
    via = [f"by {VIA.get(by.via, by.via)}"] if by.via else []
    return ", ".join([f"{by.name}{machine}", *terminal, *over, *via])


def outcome(approval: ApprovalRecord) -> str:
    """The status in the word a person would use.

    A gate answered with a choice such as `rework`, which leads on to a step, is
    `rejected` in the store; nobody was told no.
    """
    if approval.status != ApprovalStatus.REJECTED:
        return approval.status
    from engine.gates import request_of  # the rules: not for the first paint

    made = msgspec.json.decode(approval.decisions, type=list[Decision])
    choice = made[-1].choice  # a rejected gate has at least the decision that did it
    then = request_of(approval).then.get(choice, "")
    back = choice != "reject" and then.startswith("go to ")
    return SENT_BACK if back else approval.status


class Answer(Struct, frozen=True):
    """What stands in a run's tree for a gate that a person has answered."""

    status: str
    said: str


def answer_at(step: StepRecord, asked: Iterable[ApprovalRecord]) -> Answer | None:
    """How a gate was answered; None where it was not, or the step is none."""
    if step.kind != "approval":
        return None
    mine = [each for each in asked if each.path == step.path]
    if not mine or mine[-1].status not in ANSWERED:
        return None
    gate = mine[-1]  # it may have been asked anew
    last = msgspec.json.decode(gate.decisions, type=list[Decision])[-1]
    said = f"{last.choice} by {last.by.name}"
    return Answer(outcome(gate), f"{said}: {last.comment}" if last.comment else said)


def newest_edit(decisions: Iterable[Decision], name: str) -> tuple[Edit, Actor] | None:
    """The last edit of one of the shown, and whose it is; None where there is none."""
    found = None
    for decision in decisions:
        if decision.edit is not None and decision.edit.name == name:
            found = decision.edit, decision.by
    return found
