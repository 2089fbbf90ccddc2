"""Who decided, and from where, in the words of both front ends."""

from __future__ import annotations

from collections.abc import Iterable

from engine.machine.state import Actor, Decision, Edit

VIA = {"cli": "the command line", "workbench": "the workbench", "script": "a script"}


def whence(by: Actor) -> str:
    """`ana on desk, /dev/pts/3, by the workbench`, as far as it is known."""
    machine = f" on {by.machine}" if by.machine else ""
    address = by.ssh.split()[:1]
    over = [f"over SSH from {address[0]}"] if address else []
    terminal = [by.terminal] if by.terminal else []
    via = [f"by {VIA.get(by.via, by.via)}"] if by.via else []
    return ", ".join([f"{by.name}{machine}", *terminal, *over, *via])


def newest_edit(decisions: Iterable[Decision], name: str) -> tuple[Edit, Actor] | None:
    """The last edit of one of the shown, and whose it is; None where there is none."""
    found = None
    for decision in decisions:
        if decision.edit is not None and decision.edit.name == name:
            found = decision.edit, decision.by
    return found
