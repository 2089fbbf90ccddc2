"""What an answer has cost, by the price of its model on the day it was asked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
from msgspec.structs import replace

from engine.machine.state import Usage
from engine.workspace import Price

MILLION = 1_000_000
# A model's name may end in the day it was made: gpt-4.1-2025-04-14, o3-20250416.
DAY = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")


class Shipped(msgspec.Struct, frozen=True):
    """The prices that come with Weir, as they were in the month of `dated`."""

    dated: str
    prices: dict[str, Price]


@cache
def shipped() -> Shipped:
    text = Path(__file__).with_name("prices.toml").read_text()
    return msgspec.convert(tomllib.loads(text), Shipped)


def price_of(model: str, own: Mapping[str, Price]) -> Price | None:
    """What a model costs: as weir.toml says, or else as it comes; None: not known."""
    for prices in (own, shipped().prices):
        for name in (model, DAY.sub("", model)):
            if name in prices:
                return prices[name]
    return None


def priced(usage: Usage, own: Mapping[str, Price]) -> Usage:
    """The usage with its cost in US dollars, where the model's price is known."""
    price = price_of(usage.model, own)
    if price is None or usage.provider in FREE:
        return usage
    cost = usage.input_tokens * price.input + usage.output_tokens * price.output
    return replace(usage, cost=cost / MILLION)


FREE = ("mock", "replay")  # ask nobody
