"""Which of several workflows a value leads to: always the same, and kept nowhere."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from engine.definition.model import Variants
from engine.machine.state import Json, Variant


def choose_variant(name: str, variants: Variants, value: Json) -> Variant:
    """A digest of name and value falls into one of the shares, in the file's order."""
    data = name.encode() + b"\0" + msgspec.json.encode(value, order="sorted")
    share = int.from_bytes(sha256(data).digest()[:8], "big") / 2**64
    left = share * sum(variants.use.values())
    chosen = ""
    for option, weight in variants.use.items():
        if weight > 0:
            chosen = option
            left -= weight
            if left < 0:
                break
    return Variant(name, variants.use, chosen, variants.by, value)
