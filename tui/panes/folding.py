"""The same gate of many runs as one row of the list, which opens to as many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from store.records import ApprovalRecord
from tui.panes.marking import Kind, alike, kind_of
from tui.panes.terms import Row
from tui.teaching import LEAST

if TYPE_CHECKING:
    from tui.panes.approvals import ApprovalsPane


class Folding:
    """`folds` are the rows that stand for several, by the key of the row.

    What stands for them is the one under the cursor, if it is among them, so that no
    fold takes the cursor anywhere.
    """

    def __init__(self) -> None:
        self.opened: set[Kind] = set()
        self.folds: dict[str, list[str]] = {}

    def turn(self, row: ApprovalRecord) -> bool:
        """Open the fold of its kind, or fold that again; whether it is open now."""
        self.opened ^= {kind_of(row)}
        return kind_of(row) in self.opened

    def fold(
        self,
        rows: Sequence[Row],
        state_of: Callable[[Row], str],
        chosen: str | None,
    ) -> list[str]:
        """The keys of the list, in the order of the rows; each fold at its first.

        In a fold all are of one risk and in one state: asking, held or snoozed. What is
        no gate has a row of its own, since each has its own answer.
        """
        alike: dict[object, list[str]] = {}

        def kind(row: Row) -> object:
            gate = isinstance(row, ApprovalRecord)
            return (kind_of(row), row.risk, state_of(row)) if gate else row.id

        for row in rows:
            alike.setdefault(kind(row), []).append(row.id)
        self.folds = {}
        keys: list[str] = []
        for row in rows:
            group = alike[kind(row)]
            if len(group) < LEAST or kind_of(row) in self.opened:
                keys.append(row.id)
            elif row.id == group[0]:
                shown = chosen if chosen is not None and chosen in group else row.id
                self.folds[shown] = group
                keys.append(shown)
        return keys

    def of(self, key: str) -> list[str]:
        """All that a row stands for: itself, where it is no fold."""
        return self.folds.get(key, [key])


def fold(pane: ApprovalsPane) -> None:
    """List what asks the same as the chosen one, or let one row stand for it."""
    row = pane.chosen
    if row is None:
        return
    if len(alike(pane, row)) < LEAST:
        pane.say(f"fewer than {LEAST} ask the same: each has its row")
        return
    opened = pane.folding.turn(row)
    pane.refilter()
    pane.redraw()
    pane.say("each run has its row" if opened else "one row stands for all")
