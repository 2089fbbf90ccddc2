"""Who decided, and from where, in the words of both front ends."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from engine.machine.state import Actor, ApprovalStatus, Decision, Edit
from store.records import ApprovalRecord
from tui.text import SENT_BACK

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


def newest_edit(decisions: Iterable[Decision], name: str) -> tuple[Edit, Actor] | None:
    """The last edit of one of the shown, and whose it is; None where there is none."""
    found = None
    for decision in decisions:
        if decision.edit is not None and decision.edit.name == name:
            found = decision.edit, decision.by
    return found
