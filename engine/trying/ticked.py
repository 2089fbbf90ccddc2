"""Who approves in a case has ticked before what the gate wants complete."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definition.kinds import Approval
from engine.machine import commands as c
from engine.machine.places import scope_of
from engine.machine.state import RunState
from engine.machine.ticking import items_of


def ticks_before(
    state: RunState, gate: Approval, path: str, decides: c.DecideApproval
) -> Iterator[c.TickItem]:
    """A tick for each open item, before a choice that approves at the gate's path."""
    if not any(ch.approves and ch.name == decides.choice for ch in gate.choices):
        return
    for name in gate.complete:
        of = state.seen_from(scope_of(path), name.removeprefix("artifacts."))
        for item in items_of(state.steps[of]) if of else ():
            if item.tick is None:
                yield c.TickItem(item=item.number, path=str(of), by=decides.by)
