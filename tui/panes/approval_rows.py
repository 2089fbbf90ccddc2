"""The rows of what waits: which of them, in what order, and what each tells."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from engine.stuck import Stuck
from tui.deciders import outcome
from tui.panes.pane import how_old
from tui.panes.terms import Row, lets
from tui.text import mark_of
from tui.widgets.safe import plain
from tui.widgets.vtable import Column

if TYPE_CHECKING:
    from engine.machine.missing import Lack
    from tui.panes.approvals import ApprovalsPane

OVER = "over"  # it was looked at when it ended

COLUMNS = (
    Column("id", "ID", 12, priority=1),  # it stands below the list as well
    Column("risk", "!", 1, priority=7),
    Column("title", "ASKS", None, priority=9, least=24),
    Column("for", "FOR", None, priority=4, least=16),
    Column("workflow", "WORKFLOW", 16, priority=2),
    Column("blocks", "BLOCKS", 8, priority=3),
    Column("age", "AGE", 4, priority=6, align="right"),
    Column("state", "STATE", 11, priority=5),
)
EMPTY = """Nothing waits for you.
A run that stops at a gate, or can't go on
without you, stands here. A bell tells.
{go.runs}  go to the runs"""
ASLEEP = "All that waits is snoozed: {approvals.snoozed} shows it."


def listed(pane: ApprovalsPane) -> list[Row]:
    """Those to show; what ends, or is snoozed, while it is looked at stays in sight."""
    rows = [*pane.waiting(), *([pane.kept] if pane.kept else [])]
    return [
        row
        for row in sorted(rows, key=pane.ordering.key)
        if row is pane.kept or is_let(pane, row)
    ]


def keys(pane: ApprovalsPane, rows: Sequence[Row]) -> list[str]:
    """The rows of the list: what asks the same of many runs is one."""
    return pane.folding.fold(rows, partial(fold_of, pane), pane.table.selected)


def fold_of(pane: ApprovalsPane, row: Row) -> str:
    """In which state it can be folded; what has ended and is looked at stands alone."""
    return state_of(pane, row) if row.id in pane.pending else OVER


def is_let(pane: ApprovalsPane, row: Row) -> bool:
    hidden = pane.asleep.hides(row.id) and row.id != pane.table.selected
    return lets(pane.filter_text, row, purpose_of(pane, row)) and not hidden


def why_empty(pane: ApprovalsPane) -> str:
    if not pane.awake() and pane.asleep:
        return pane.bench.keymap.taught(ASLEEP)
    if pane.waiting():
        return "Nothing that waits holds that text."
    return pane.bench.keymap.taught(EMPTY)


def state_of(pane: ApprovalsPane, row: Row) -> str:
    if pane.bench.holding.of(row.id):
        return "held"
    if row.id in pane.asleep:
        return "snoozed"
    if row.id in pane.pending and row.id in pane.drafts:
        return "edited"
    if not isinstance(row, Stuck):
        return outcome(row)
    return row.step.status if row.id in pane.stuck else OVER


def purpose_of(pane: ApprovalsPane, row: Row) -> str:
    """What its run is for; "" of one that ended while it was looked at."""
    run = pane.runs.get(row.run)
    return pane.purposes.of(run) if run else ""


def title_of(pane: ApprovalsPane, row: Row) -> str:
    """What has been given since it began to wait is not in it."""
    lack = lack_of(pane, row) if isinstance(row, Stuck) else None
    return lack.title if lack is not None and lack.values else row.title


def lack_of(pane: ApprovalsPane, row: Stuck) -> Lack | None:
    return None if row.unsure else pane.lacks.get(row.run)


def cells(pane: ApprovalsPane, key: str) -> Sequence[Content | str]:
    row = pane.row(key)
    assert row is not None, "a row is shown only while it is known"
    mark = mark_of(state_of(pane, row))
    alike = pane.folding.of(key)
    title = title_of(pane, row)
    return (
        row.run if isinstance(row, Stuck) else row.id,
        plain("!" if row.risk == "high" else "", "$text-error"),
        f"×{len(alike)} {title}" if len(alike) > 1 else title,
        (purpose_of(pane, row) if len(alike) == 1 else "") or row.workflow,
        row.workflow,
        pane.ordering.blocked(key).most(),
        how_old(pane.bench.now() - row.requested_at),
        plain(mark.text(), mark.style),
    )
