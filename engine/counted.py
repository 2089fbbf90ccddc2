"""How many there are of a thing, in words: `1 run`, `12,000 runs`."""

from __future__ import annotations


def counted(count: int, one: str) -> str:
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"
