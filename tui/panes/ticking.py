"""The checklists of a gate: how far they are ticked, and ticking them beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from tui.panes.gate import Draft, Gate
from tui.widgets.safe import plain

if TYPE_CHECKING:
    from tui.panes.approvals import ApprovalsPane

FEW = 8  # open items that the card lists


async def tick(pane: ApprovalsPane) -> None:
    """Open the first of the chosen gate's checklists that has an open item."""
    from tui.screens.checklist import Checklist  # not for the first paint

    if (gate := pane.gate) is None:
        return
    lists = gate.checklists
    chosen = next((each for each in lists if each.open), lists[0])
    run = gate.approval.run
    await pane.bench.push_screen_wait(Checklist(run, chosen.path, chosen.items))


def said_of_ticks(gate: Gate, draft: Draft | None, key: str) -> Iterator[Content]:
    """How far each is ticked, and what is open; our own words, which may change.

    Who only looks has no `key` for it.
    """
    if not gate.open:
        return
    for each in gate.ticked(draft):
        wants = "; an approval needs all" if each.needed and each.open else ""
        ticks = f"; {key} ticks" if key else ""
        style = "$text-warning" if wants else "$text-success"
        yield plain(f"{each.path}: {each.counted}{wants}{ticks}", style)
        for item in each.open[:FEW]:
            yield plain(f"  ☐ {item.number} {item.text}")
        if (more := len(each.open) - FEW) > 0:
            yield plain(f"  and {more} more")
