"""Ids that sort by time and are told apart by their first few characters.

A letter for what it names, eight characters for the millisecond since 2026, three at
random. Two made in different seconds differ within the first seven characters.
"""

from __future__ import annotations

import secrets
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: no i, l, o, u
EPOCH = 1_767_225_600  # 2026-01-01, UTC

_last = 0


def new_id(letter: str) -> str:
    """A new id; within this process each sorts after the one before."""
    global _last
    _last = max(_last + 1, int((time.time() - EPOCH) * 1000))
    tail = "".join(secrets.choice(ALPHABET) for _ in range(3))
    return letter + _base32(_last, 8) + tail


def earliest(letter: str, at: float) -> str:
    """What no id sorts before that was made at this time (seconds since 1970)."""
    return letter + _base32(max(0, int((at - EPOCH) * 1000)), 8)


def _base32(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 32)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
