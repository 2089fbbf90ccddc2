"""The orders in which what waits can stand, and what each of it blocks."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import astuple

from engine.blocking import Blocks
from store.approvals import RISKS
from tui.panes.terms import Row

RISK, AGE, BLOCKS = "by risk, then age", "by age", "by what they block"
ORDERS = (RISK, AGE, BLOCKS)


class Ordering:
    """`by` is one of the orders, in the words of the screen."""

    def __init__(self) -> None:
        self.by = RISK
        self.blocks: Mapping[str, Blocks] = {}  # by the id of the row

    def turn(self) -> None:
        self.by = ORDERS[(ORDERS.index(self.by) + 1) % len(ORDERS)]

    def blocked(self, key: str) -> Blocks:
        return self.blocks.get(key, Blocks())

    def key(self, row: Row) -> tuple[object, ...]:
        """What to sort by: of equals, what is older stands first."""
        age = row.requested_at, row.id
        if self.by == AGE:
            return age
        if self.by == BLOCKS:
            return (*(-number for number in astuple(self.blocked(row.id))), *age)
        return (RISKS.index(row.risk), *age)
