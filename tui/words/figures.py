"""Figures as a table has room for them."""

from __future__ import annotations

from engine.figures import AgentFigures
from engine.spans import UNITS
from engine.spending import Spent, dollars
from tui.text import flat


def agent_row(each: AgentFigures) -> list[str]:
    return [
        flat(each.agent) or "-",
        flat(each.model) or "-",
        f"{each.asked:,}",
        f"{each.spent.input_tokens:,}",
        f"{each.spent.output_tokens:,}",
        cost_of(each.spent),
    ]


def cost_of(spent: Spent) -> str:
    """Dollars; nothing where there is nothing to pay, or no price is known."""
    if spent.cost:
        return dollars(spent.cost)
    return "not known" if spent.unpriced else ""


def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def short(seconds: float | None) -> str:
    """`0.4s`, `12s`, `1.5h`: two figures are enough to compare."""
    if seconds is None:
        return ""
    for unit, size in UNITS:
        if seconds >= size:
            return f"{seconds / size:.1f}{unit}"
    return f"{seconds:.2f}s" if seconds < 1 else f"{seconds:.1f}s"
