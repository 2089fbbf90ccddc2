"""Names of files that are to come: a path, or a pattern that several names fit."""

from __future__ import annotations

import re

MAGIC = re.compile(r"[*?\[]")
TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def without_templates(text: str, instead: str = "") -> str:
    """What a text says itself, whatever its templates will say."""
    return TEMPLATE.sub(instead, text)


def is_pattern(text: str) -> bool:
    """Whether a definition means any name that fits; what a template says is plain."""
    return MAGIC.search(without_templates(text)) is not None
