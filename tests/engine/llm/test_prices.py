"""What an answer costs: by weir.toml, by what comes with Weir, or not known."""

from __future__ import annotations

import pytest

from engine.llm.prices import price_of, priced, shipped
from engine.machine.state import Usage
from engine.spending import Spent, dollars, in_words, spent
from engine.workspace import Price

OWN = {"ours": Price(1.0, 2.0), "gpt-4.1": Price(0.0, 0.0)}


def used(model: str, provider: str = "openai") -> Usage:
    return Usage(model, provider, input_tokens=1_000_000, output_tokens=500_000)


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("gpt-4o-mini", 0.15 + 0.30),
        ("gpt-4o-mini-2024-07-18", 0.45),
        ("o3-20250416", 6.0),
        ("ours", 2.0),
        ("gpt-4.1", 0.0),  # as weir.toml says, not as it comes
        ("gpt-4.1-2025-04-14", 0.0),
        ("gpt-4.1-mini", 0.4 + 0.8),
        ("gpt-4", None),
        ("", None),
    ],
)
def test_the_cost_of_a_model(model: str, cost: float | None) -> None:
    found = priced(used(model), OWN).cost
    assert found == (None if cost is None else pytest.approx(cost))


def test_who_asks_nobody_costs_nothing() -> None:
    assert priced(used("gpt-4o", "mock"), {}).cost is None


def test_the_prices_that_come_with_weir_are_dated_and_sound() -> None:
    assert len(shipped().dated) == len("2026-06")
    assert all(0 < p.input < p.output for p in shipped().prices.values())
    assert price_of("gpt-5", {}) == Price(1.25, 10.0)


def test_what_was_spent_is_summed_and_what_has_no_price_is_named() -> None:
    found = spent([priced(used(m), {}) for m in ("gpt-4o", "new", "gpt-4o")])
    assert found == Spent(3_000_000, 1_500_000, pytest.approx(15.0), ("new",))
    said = in_words(found)
    assert said == (
        "3,000,000 tokens read, 1,500,000 written, $15.00; no price is known of new"
    )
    assert in_words(spent([])) == ""
    free = in_words(spent([used("mock", "mock")]))
    assert free == "1,000,000 tokens read, 500,000 written"


@pytest.mark.parametrize(
    ("cost", "words"),
    [(1234.5, "$1,234.50"), (0.0125, "$0.0125"), (0.00001234, "$1.2e-05")],
)
def test_dollars(cost: float, words: str) -> None:
    assert dollars(cost) == words
