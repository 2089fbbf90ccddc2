"""What an event may say, told from its bytes: first sieves, the event itself decides.

Data that lies in a file (`blob`) is not looked into, and passes each of them.
"""

from __future__ import annotations

import re
from typing import Any

from peewee import fn

from store.tables import Event

NAMES_SOMEONE = b'"by":{'  # how an event says that a person did it
SPENT = b'"usage":{'  # how an event says what a model has used
SPENDING = ("StepSucceeded", "StepRetrying", "StepFailed")  # the events that may
DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def says(what: bytes) -> Any:
    """Whether an event may say this, as a condition on its row."""
    return (fn.INSTR(Event.data, what) > 0) | (Event.blob != "")


def spends(type_: str, data: bytes, blob: str) -> bool:
    return type_ in SPENDING and (bool(blob) or SPENT in data)


def names_someone(data: bytes, blob: str) -> bool:
    return bool(blob) or NAMES_SOMEONE in data
