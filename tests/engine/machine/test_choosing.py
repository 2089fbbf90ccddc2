"""Which variant a value leads to."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.definition.model import Variants
from engine.machine.choosing import choose_variant

HALVES = Variants({"a": 50, "b": 50}, "inputs.customer")


@pytest.mark.parametrize("value", ["acme", 7, None, {"x": 1, "a": [2]}])
def test_equal_values_lead_to_the_same_variant(value: object) -> None:
    chosen = {choose_variant("w", HALVES, value).chosen for _ in range(3)}
    assert len(chosen) == 1


def test_the_choice_says_what_it_was_between_and_why() -> None:
    variant = choose_variant("w", HALVES, "acme")
    assert (variant.of, variant.options) == ("w", {"a": 50, "b": 50})
    assert (variant.by, variant.value) == ("inputs.customer", "acme")


@pytest.mark.parametrize(
    ("use", "shares"),
    [
        ({"a": 50, "b": 50}, {"a": 0.5, "b": 0.5}),
        ({"a": 9, "b": 1}, {"a": 0.9, "b": 0.1}),
        ({"a": 1, "b": 0}, {"a": 1.0}),
        ({"a": 0, "b": 1, "c": 0}, {"b": 1.0}),
    ],
)
def test_each_gets_about_the_share_its_weight_says(
    use: dict[str, float], shares: dict[str, float]
) -> None:
    values = [f"customer {number}" for number in range(2000)]
    variants = Variants(use, "inputs.customer")
    found = Counter(choose_variant("w", variants, value).chosen for value in values)
    assert found.keys() == shares.keys()
    for name, share in shares.items():
        assert found[name] / len(values) == pytest.approx(share, abs=0.04)


def test_two_names_do_not_choose_alike() -> None:
    values = [str(number) for number in range(200)]
    one = [choose_variant("v", HALVES, value).chosen for value in values]
    other = [choose_variant("w", HALVES, value).chosen for value in values]
    assert one != other
