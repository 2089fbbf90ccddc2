"""The mark of a run that no list shows."""

from __future__ import annotations

from typing import Any

from store.tables import Pruned


def hidden(column: Any) -> Any:
    """Whether the run that a column names was pruned."""
    return column.in_(Pruned.select(Pruned.run))
