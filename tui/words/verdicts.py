"""What a fork or a newer version does again, in lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.machine.judging import Verdict


def lines_of(found: Iterable[Verdict]) -> list[str]:
    """A line for each step that is not simply taken as it is."""
    told = [
        f"{v.path}  {v.what}  {v.why}".rstrip()
        for v in found
        if v.what != "reused" or v.why
    ]
    return told or ["every step is taken as it is"]


def cost_again(found: Iterable[Verdict]) -> str:
    """What the steps that are done again had cost."""
    again = [v.cost for v in found if v.what == "re-run"]
    tokens, seconds = sum(c.tokens for c in again), sum(c.seconds for c in again)
    return f"to do again: about {tokens} tokens, {seconds:.1f} s, as it was before"
