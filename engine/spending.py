"""What the attempts of a run have used of models, and what that cost."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from engine.machine.codec import decode
from engine.machine.events import AnyEvent
from engine.machine.state import Usage
from store import stats
from store.database import Database


class Spent(Struct, frozen=True):
    """Tokens, and US dollars. `unpriced`: models of which no price is known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    unpriced: tuple[str, ...] = ()


def used_in(event: AnyEvent) -> Usage | None:
    """What a model has used, as far as an event says it."""
    used = getattr(event, "usage", None)
    return used if isinstance(used, Usage) else None


def spent_in(database: Database, runs: Iterable[str]) -> Spent:
    """What these runs have used up to now, in every attempt of theirs."""
    found = (decode(each.data) for each in stats.spent_by(database, runs))
    return spent(used for event in found if (used := used_in(event)))


def spent(used: Iterable[Usage]) -> Spent:
    every = list(used)
    free = [each.model for each in every if each.cost is None and asks(each)]
    return Spent(
        sum(each.input_tokens for each in every),
        sum(each.output_tokens for each in every),
        sum(each.cost or 0.0 for each in every),
        tuple(sorted(set(free))),
    )


def asks(used: Usage) -> bool:
    """Whether somebody was asked, who may send a bill."""
    return used.provider not in ("mock", "replay")


def in_words(found: Spent) -> str:
    """`1,200 tokens read, 300 written, $0.0048`; empty where no model was asked."""
    if not (found.input_tokens or found.output_tokens):
        return ""
    said = f"{found.input_tokens:,} tokens read, {found.output_tokens:,} written"
    if found.cost:
        said += f", {dollars(found.cost)}"
    if found.unpriced:
        said += f"; no price is known of {', '.join(found.unpriced)}"
    return said


def dollars(cost: float) -> str:
    """Cents where they are enough, else to the two figures that count."""
    if cost >= 1 or cost == round(cost, 2):
        return f"${cost:,.2f}"
    return f"${cost:.4f}" if cost >= 0.0001 else f"${cost:.2g}"
