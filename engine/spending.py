"""What the attempts of a run have used of models, and what that cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce

from msgspec import Struct

from engine.machine.codec import decode
from engine.machine.events import AnyEvent
from engine.machine.state import Usage
from store import runs, stats
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


def costs_since(database: Database, since: Mapping[str, float]) -> dict[str, float]:
    """What models have cost in each run and in those it has started, from then on."""
    top_of = runs.families(database, since)
    costs = dict.fromkeys(since, 0.0)
    for record in stats.spent_by(database, top_of):
        top = top_of[record.run]
        if record.at >= since[top] and (used := used_in(decode(record.data))):
            costs[top] += used.cost or 0.0
    return costs


def spent(used: Iterable[Usage]) -> Spent:
    return reduce(more, used, Spent())


def more(found: Spent, used: Usage) -> Spent:
    """With what else was used."""
    unpriced = found.unpriced
    if used.cost is None and asks(used) and used.model not in unpriced:
        unpriced = tuple(sorted({*unpriced, used.model}))
    return Spent(
        found.input_tokens + used.input_tokens,
        found.output_tokens + used.output_tokens,
        found.cost + (used.cost or 0.0),
        unpriced,
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
