"""Many rows in few statements, whose text Peewee makes once for each number of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from store.shapes import Row
from store.sqlite import Connections

# Rows go in statements of 64, 32, … 1: seven texts a table, so that they stay prepared.
MOST_ROWS = 64

Make = Callable[[Sequence[Row]], Any]  # rows to a Peewee query

# The same for any workspace.
_texts: dict[tuple[Make, int], str] = {}


class Statements:
    """Runs inserts. Building a query anew costs more than running it."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def run(self, make: Make, rows: Sequence[Row]) -> None:
        """Run the query that `make` builds, for all rows."""
        start, left = 0, len(rows)
        while left:
            count = min(MOST_ROWS, 1 << (left.bit_length() - 1))
            part = rows[start : start + count]
            values = [value for row in part for value in row]
            self._connections.execute_sql(self._text(make, count, len(part[0])), values)
            start, left = start + count, left - count

    def _text(self, make: Make, count: int, width: int) -> str:
        text = _texts.get((make, count))
        if text is None:
            # Not None: Peewee might write it as NULL instead of leaving a place for it.
            sample = [[0] * width] * count
            context = self._connections.get_sql_context()
            text, _ = context.sql(make(sample)).query()
            _texts[make, count] = text
        return text
