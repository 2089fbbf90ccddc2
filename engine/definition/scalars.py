"""What a scalar without quotes means in YAML 1.2: `no` is a word, 0777 is a text."""

from __future__ import annotations

import math
import re

from engine.definition.base import Json

NULL = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
# A leading zero makes it a text: customer 00123 is not customer 123.
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
HEX = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def plain(text: str) -> Json:
    """What a scalar without quotes means in YAML 1.2."""
    if text in NULL:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    if INTEGER.fullmatch(text):
        return int(text) if len(text) <= 18 else math.inf
    if FLOAT.fullmatch(text):
        return float(text)
    if HEX.fullmatch(text):
        return int(text, 0) if len(text) <= 16 else math.inf
    return text
