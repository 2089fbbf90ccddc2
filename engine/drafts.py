"""A draft that a person changes before they say yes to it."""

from __future__ import annotations

import difflib


def diff(before: str, after: str, name: str) -> str:
    """A unified diff of two texts."""
    return "\n".join(
        difflib.unified_diff(
            before.splitlines(),
            after.splitlines(),
            name,
            f"{name} (edited)",
            "",
            "",
            3,
            "",
        )
    )
