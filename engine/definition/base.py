"""What every value out of a file is made of."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

Json = Any  # a str, number, bool, None, or a list or dict of them


class Model(Struct, frozen=True, omit_defaults=True):
    """A value out of a file."""
