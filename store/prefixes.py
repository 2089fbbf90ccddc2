"""Ids by their beginning, with the index that finds them whole."""

from __future__ import annotations

from typing import Any

# Greater than any character of an id.
HIGHEST = "\U0010ffff"


def starts_with(column: Any, prefix: str) -> Any:
    """A range, where LIKE would read every row and give `_` a meaning."""
    return (column >= prefix) & (column < prefix + HIGHEST)
