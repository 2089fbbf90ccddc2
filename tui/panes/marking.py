"""Marking gates that are to be decided at once: one, or all that ask the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.counted import counted
from engine.machine.places import id_of
from store.records import ApprovalRecord
from tui.panes.terms import Row

if TYPE_CHECKING:
    from tui.panes.approvals import ApprovalsPane

Kind = tuple[str, str]  # workflow and step
DECIDES = ("approvals.approve_marked", "approvals.reject_marked")


def mark_one(pane: ApprovalsPane) -> None:
    """Mark what the chosen row stands for, or not any more, and go on to the next."""
    key = pane.table.selected
    if key in pane.pending:
        pane.mark(pane.folding.of(key))
        pane.table.action_cursor_down()


def mark_alike(pane: ApprovalsPane) -> None:
    """Mark all that are like the chosen one, or none of them where all are."""
    row = pane.pending.get(pane.table.selected or "")
    if row is None:
        return
    keys = alike(pane, row)
    pane.mark(keys)
    if pane.table.marked.issuperset(keys):
        approve, reject = map(pane.bench.keymap.first, DECIDES)
        are = "1 is" if len(keys) == 1 else f"{len(keys)} are"
        them = "it" if len(keys) == 1 else "them as one"
        pane.say(f"{are} marked: {approve} or {reject} shows {them}")


def alike(pane: ApprovalsPane, row: ApprovalRecord) -> list[str]:
    """It, and what asks the same of other runs, of those in the list."""
    listed = (pane.pending.get(key) for key in pane.listed)
    return [
        other.id
        for other in listed
        if other is not None
        and kind_of(other) == kind_of(row)
        and other.id not in pane.asleep
    ]


def kind_of(row: Row) -> Kind:
    """Gates of one kind ask the same of many runs: workflow, and step."""
    return row.workflow, id_of(row.path)


def said_of_others(pane: ApprovalsPane, row: ApprovalRecord) -> str:
    """How many more ask the same, and how they are marked; "" for none.

    For who only looks no key marks them.
    """
    others = len({*alike(pane, row)} - {row.id})
    if not others or row.id not in pane.pending:
        return ""
    runs = counted(others, "more run")
    if pane.bench.only_looks:
        return f"asked of {runs}"
    keys = "{approvals.mark_alike} marks them all"
    if row.id in pane.folding.folds:
        keys = "{approvals.fold} lists them, {approvals.approve_marked} approves all"
    return f"asked of {runs}: {pane.bench.keymap.taught(keys)}"
